// transport/internal/caller.h
//
// The way from this node to one other: its session, its open calls, and those that wait because the
// session is not open yet, or because there are as many as there may be. Stops that are issued
// together go there as one message.
//
// Lifetime: shared; Stop() ends all calls. Threads: any.

#pragma once

#include "transport/internal/outbound_call.h"

namespace transport::internal {

class Caller final : public SessionEvents, public std::enable_shared_from_this<Caller> {
 public:
  struct Channels {
    std::string address;
    std::shared_ptr<grpc::Channel> session, work, copies;
  };
  // It reaches nobody yet.
  static std::shared_ptr<Caller> Make(SessionClient::Where where);

  const SessionClient::Where& where() const { return where_; }

  // The node is there from now on; open calls keep their connections.
  void Reach(Channels channels);
  // Its process is another one: it is looked for without a pause.
  void ReachSoon();
  // The node has left for good: nothing is begun there any more. When its open calls have ended,
  // by the rules for any call, nothing is connected either, until it is to be reached again.
  void Leave();
  std::shared_ptr<tasks::Call> Start(Lane lane, tasks::StartRequest request,
                                     tasks::CallEvents events);
  // Ends all calls and says Bye. Abort(): waits for no answer.
  void Stop();
  void Abort() { client_->Abort(); }

  // For calls.
  void CancelSoon(OutboundCallPtr call);
  void Ask(const OutboundCallPtr& call);
  void Ended(const OutboundCall& call);

  struct Status {
    bool connected = false;
    std::size_t open = 0, queued = 0;
    base::Status unreachable;  // OK if it is connected, or the first attempt goes on
  };
  Status status() const;

 private:
  void OnOpen(const OutboundSessionPtr& session) override;
  void OnBroken() override;
  void OnUnreachable(const base::Status& why) override;
  void OnLost(const OutboundSessionPtr& session) override;
  void OnSettled(const OutboundSessionPtr& session, proto::Settled& settled) override;

  explicit Caller(SessionClient::Where where) : where_(std::move(where)) {}

  // needs mutex_. Why a call was not sent, `why` in short.
  base::Status NotConnected(std::string_view why) const;
  base::Status Refusal() const;  // needs mutex_; OK: it may be sent, or wait
  void EndInQueue(const OutboundCallPtr& call);
  void LetGoIfIdle();

  void FinishLater(OutboundCallPtr call, base::Status why);
  void OpenQueued();
  void Open(const OutboundCallPtr& call, const OutboundSessionPtr& session);
  void SendStops();
  void StopOverSession(const std::vector<OutboundCallPtr>& calls);
  void StopAgain(std::vector<OutboundCallPtr> calls);
  std::vector<OutboundCallPtr> TakeQueued();  // needs mutex_

  const SessionClient::Where where_;       // constant
  std::shared_ptr<SessionClient> client_;  // constant after Make()
  mutable std::mutex mutex_;
  Channels channels_;                                      // guarded by mutex_; null: nowhere
  std::shared_ptr<proto::Transport::Stub> work_, copies_;  // guarded by mutex_; of channels_
  OutboundSessionPtr session_;                       // guarded by mutex_; null while not connected
  base::Status unreachable_;                         // guarded by mutex_
  std::uint64_t last_number_ = 0;                    // guarded by mutex_
  std::map<std::uint64_t, OutboundCallPtr> open_;    // guarded by mutex_
  std::map<std::uint64_t, OutboundCallPtr> queued_;  // guarded by mutex_
  std::vector<OutboundCallPtr> to_stop_;             // guarded by mutex_
  bool left_ = false;                                // guarded by mutex_
  bool stopped_ = false;                             // guarded by mutex_
};

}  // namespace transport::internal
