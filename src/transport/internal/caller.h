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
    std::shared_ptr<grpc::Channel> session, work, copies;
  };
  Caller(SessionClient::Where where, Channels channels)
      : where_(std::move(where)),
        channels_(std::move(channels)),
        work_(proto::Transport::NewStub(channels_.work)),
        copies_(proto::Transport::NewStub(channels_.copies)) {}

  const SessionClient::Where& where() const { return where_; }

  void Begin();
  // The node has moved; open calls keep their connections.
  void Move(Channels channels);
  std::shared_ptr<tasks::Call> Start(Lane lane, tasks::StartRequest request,
                                     tasks::CallEvents events);
  // Ends all calls and says Bye. Abort(): waits for no answer.
  void Stop();
  void Abort() { client_->Abort(); }

  // For calls.
  void CancelSoon(OutboundCallPtr call);
  void Ask(const OutboundCallPtr& call);
  void Ended(const OutboundCall& call);
  void FinishLater(OutboundCallPtr call, base::Status why);

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

  void OpenQueued();
  void Open(const OutboundCallPtr& call, const OutboundSessionPtr& session);
  void SendStops();
  void StopOverSession(const std::vector<OutboundCallPtr>& calls);
  void StopAgain(std::vector<OutboundCallPtr> calls);
  std::vector<OutboundCallPtr> TakeQueued();  // needs mutex_

  const SessionClient::Where where_;       // constant
  std::shared_ptr<SessionClient> client_;  // constant after Begin()
  mutable std::mutex mutex_;
  Channels channels_;                                      // guarded by mutex_
  std::shared_ptr<proto::Transport::Stub> work_, copies_;  // guarded by mutex_; of channels_
  OutboundSessionPtr session_;                       // guarded by mutex_; null while not connected
  base::Status unreachable_;                         // guarded by mutex_
  std::uint64_t last_number_ = 0;                    // guarded by mutex_
  std::map<std::uint64_t, OutboundCallPtr> open_;    // guarded by mutex_
  std::map<std::uint64_t, OutboundCallPtr> queued_;  // guarded by mutex_
  std::vector<OutboundCallPtr> to_stop_;             // guarded by mutex_
  bool stopped_ = false;                             // guarded by mutex_
};

}  // namespace transport::internal
