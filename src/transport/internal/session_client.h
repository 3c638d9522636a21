// transport/internal/session_client.h
//
// The caller's side of the session with one node: connects, greets, echoes, notices silence, and
// connects again. A session whose connection broke is resumed; from its last echo + lease * 1.1 on
// it is lost, and from then on nothing is echoed for it.
//
// Lifetime: shared; Stop() first. Once that has returned, no connection begins. Threads: any.

#pragma once

#include <proto/transport.grpc.pb.h>

#include <atomic>
#include <mutex>

#include "transport/internal/home.h"
#include "transport/internal/lease_book.h"

namespace transport::internal {

// One session with one process over there.
struct OutboundSession {
  OutboundSession(std::uint64_t session_key, std::uint64_t of, std::int64_t lease_nanos,
                  std::uint64_t beat, std::int64_t now)
      : key(session_key), incarnation(of), echoes(lease_nanos, beat, now) {}

  const std::uint64_t key;
  const std::uint64_t incarnation;  // of the process over there
  EchoBook echoes;
  std::atomic<bool> lost = false;  // set before it is told; nothing is begun for it any more
};
using OutboundSessionPtr = std::shared_ptr<OutboundSession>;

// What a SessionClient tells. Called under no lock of ours, on gRPC's threads or the loop's.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  // A new session, perhaps with another process, or the same again.
  virtual void OnOpen(const OutboundSessionPtr& session) = 0;
  // Its connection broke; it is tried to resume it.
  virtual void OnBroken() = 0;
  // An attempt to connect has failed.
  virtual void OnUnreachable(const base::Status& why) = 0;
  // Nothing new can begin over there for that session.
  virtual void OnLost(const OutboundSessionPtr& session) = 0;
  virtual void OnSettled(const OutboundSessionPtr& session, proto::Settled& settled) = 0;
};

class SessionClient : public std::enable_shared_from_this<SessionClient> {
 public:
  struct Where {
    HomePtr home;
    std::string id;  // of the node over there
  };

  // It connects to nobody yet.
  SessionClient(Where where, std::weak_ptr<SessionEvents> events)
      : where_(std::move(where)), events_(std::move(events)) {}

  // The node is at the other end of `channel` from now on.
  void Reach(std::shared_ptr<grpc::Channel> channel);
  // Whatever pause there is between attempts is over.
  void ConnectSoon();
  // Says Bye and connects no more, until Reach(); nothing is told until then.
  void Leave();
  // Says Bye and connects no more; nothing is told from then on. Abort() waits for no answer.
  void Stop();
  void Abort();

  // Cancels calls of `session` over it. False: it is not connected, or no longer the current one.
  bool Cancel(const OutboundSessionPtr& session, proto::CancelCalls cancel);

 private:
  class Link;
  using LinkPtr = std::shared_ptr<Link>;

  void Connect();
  void ConnectLater();
  // Ends `link`, politely if its session is open.
  static void SayBye(const LinkPtr& link, bool open);
  // What a connection says.
  void OnWelcome(const LinkPtr& link, const proto::Welcome& welcome);
  void OnBeat(const LinkPtr& link, std::uint64_t beat);
  void OnSettled(const LinkPtr& link, proto::Settled& settled);
  void OnClosed(const LinkPtr& link, const base::Status& why);
  base::Status Check(const proto::Welcome& welcome) const;
  base::Status Enter(const LinkPtr& link, const proto::Welcome& welcome, bool& resumed);

  // Sees to it that the end of `session` is noticed, at its time or as soon as it is overdue.
  void Watch(const OutboundSessionPtr& session);
  void Lose(const OutboundSessionPtr& session);
  std::int64_t DueIn(std::int64_t nanos) const;

  const Where where_;                          // constant
  const std::weak_ptr<SessionEvents> events_;  // constant
  std::mutex mutex_;
  std::shared_ptr<proto::Transport::Stub> stub_;  // guarded by mutex_; null: nobody to reach
  LinkPtr link_;                // guarded by mutex_; the attempt or the connection
  OutboundSessionPtr session_;  // guarded by mutex_; null if there is none, or it is lost
  std::uint64_t attempts_ = 0;  // guarded by mutex_; since the last Welcome
  bool stopped_ = false;        // guarded by mutex_
};

}  // namespace transport::internal
