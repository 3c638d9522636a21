// transport/internal/outbound_call.h
//
// One child on another node, as its caller sees it: queued, then open on a stream of its own, then
// ended, exactly once: by its End, by what the session says of it, or because its node is lost.
//
// Lifetime: shared by who started it, its Caller and its stream. Threads: any.

#pragma once

#include "transport/internal/in_turn.h"
#include "transport/internal/payload_sender.h"
#include "transport/internal/session_client.h"

namespace transport::internal {

class Caller;

// Which connection a call uses.
enum class Lane : std::uint8_t { kWork, kCopies };

class OutboundCall final : public tasks::Call,
                           public StreamHandler<proto::WorkDown>,
                           public std::enable_shared_from_this<OutboundCall> {
 public:
  OutboundCall(std::shared_ptr<Caller> caller, std::uint64_t number, Lane lane,
               tasks::StartRequest request, tasks::CallEvents events);

  std::uint64_t number() const { return number_; }
  Lane lane() const { return lane_; }

  void Cancel(const tasks::Stop& stop) override;

  // Sends the Start. Failed: it could not be, and nothing has begun.
  base::Status Open(const OutboundSessionPtr& session, proto::Transport::Stub& stub);

  void OnMessage(proto::WorkDown& down) override;
  void OnClosed(const grpc::Status& why) override;

  // How its stop gets there.
  enum class Way : std::uint8_t { kNone, kQueued, kStream, kSession };
  // kSession only if the child is known to have begun, so that the stop cannot overtake it.
  Way WayOfStop() const;
  tasks::Stop stop() const;
  void SendStop();  // on the stream

  OutboundSessionPtr session() const;  // null while it is queued
  bool asks() const;                   // its stream broke: only the session can tell of it
  bool leaf() const;                   // it has no children elsewhere, for all that is known here
  bool ended() const;

  // Clock::MonotonicNanos(); constant.
  std::optional<std::int64_t> deadline_nanos() const { return deadline_nanos_; }

  // The first end counts. FinishUnsent(): false, and nothing is ended, if its Start may have been
  // sent; else it never will be. FinishWithoutStream(): it did not come on the stream, which is
  // given up.
  void Finish(tasks::End end) { Finish(std::move(end), false); }
  bool FinishUnsent(base::Status why) {
    return Finish(tasks::End::NeverBegan(std::move(why)), true);
  }
  void FinishWithoutStream(tasks::End end);
  // Its node is lost; `dead`: its process is known to be, so that it has ended.
  void Lose(bool dead);

 private:
  proto::WorkUp MakeStart(const OutboundSession& session, const EchoBook::Look& look);
  void Started(const proto::Started& started);
  bool Finish(tasks::End end, bool only_unsent);

  const std::shared_ptr<Caller> caller_;
  const std::uint64_t number_;                          // constant
  const Lane lane_;                                     // constant
  const std::shared_ptr<const tasks::Lease> upstream_;  // constant; in use as long as the call
  const tasks::CallEvents events_;                      // constant
  const std::optional<std::int64_t> deadline_nanos_;    // constant
  tasks::StartRequest request_;                         // until it is open
  InTurn told_;
  bool end_told_ = false;  // in turn
  mutable std::mutex mutex_;
  OutboundSessionPtr session_;                     // guarded by mutex_
  std::shared_ptr<Stream<proto::WorkUp>> stream_;  // guarded by mutex_; null before and after
  std::shared_ptr<PayloadSender> payload_;         // guarded by mutex_; null if there is none
  std::optional<tasks::Stop> stop_;                // guarded by mutex_; the first one
  std::string name_;                               // guarded by mutex_
  bool started_ = false;                           // guarded by mutex_
  bool leaf_;                                      // guarded by mutex_; as here, then as told
  bool broken_ = false;                            // guarded by mutex_
  bool ended_ = false;                             // guarded by mutex_
};

using OutboundCallPtr = std::shared_ptr<OutboundCall>;

}  // namespace transport::internal
