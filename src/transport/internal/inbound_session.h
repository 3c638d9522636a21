// transport/internal/inbound_session.h
//
// The callee's side of a session: one caller process, the calls it has here, and until when they
// may begin effects. It outlives the connection it came by: a caller that comes back in time goes
// on with it. Once it has ended, or its lease is over, it never goes on: its children are stopped.
//
// Lifetime: shared by the Callee and the session's calls. Threads: any.

#pragma once

#include <proto/transport.pb.h>

#include <map>
#include <mutex>

#include "transport/internal/home.h"
#include "transport/internal/lease_book.h"
#include "transport/internal/payload_inbox.h"

namespace transport::internal {

// A call, as its session sees it.
class InboundChild {
 public:
  virtual ~InboundChild() = default;
  virtual void Stop(const tasks::Stop& stop) = 0;
  // The caller has lost the call's stream: stop, and tell the end by Settle().
  virtual void StreamLost(const tasks::Stop& stop) = 0;
  // INT64_MAX while there is none.
  virtual std::int64_t lease_until() const = 0;
};

class InboundSession {
 public:
  using Up = proto::SessionUp;
  using Down = proto::SessionDown;
  using StreamPtr = std::shared_ptr<Stream<Down>>;

  struct Identity {
    std::uint64_t key = 0;
    std::string node;
    std::uint64_t incarnation = 0;
  };

  InboundSession(Identity identity, HomePtr home)
      : identity_(std::move(identity)),
        home_(std::move(home)),
        leases_(options().lease_millis * 1'000'000),
        grants_{std::make_shared<GrantBook>(options().peer_window_bytes),
                std::make_shared<GrantBook>(options().peer_window_bytes)} {}

  const Identity& identity() const { return identity_; }
  LeaseBook& leases() { return leases_; }
  // The window of all its calls, on the connection for bulk copies or on the other one.
  const std::shared_ptr<GrantBook>& grants(bool copies) const { return grants_[copies ? 1 : 0]; }

  // The connection that it is told by from now on; what could not be told before is told.
  void Attach(StreamPtr stream, proto::Welcome welcome, std::int64_t now);
  void Detach(const StreamPtr& stream);

  // A call begins. Failed: its cancel came first (Cancelled), there are too many (429), or the
  // session has ended.
  base::Status Add(std::uint64_t number, const std::shared_ptr<InboundChild>& child);
  // It has ended; `end`, if there is one, could not be told on its stream.
  void Remove(std::uint64_t number, std::optional<tasks::End> end);

  // Failed: the message breaks the rules, and so the session has to end.
  base::Status OnEcho(const proto::Echo& echo);
  base::Status OnCancel(const proto::CancelCalls& cancel, std::int64_t now);

  // Twice a second: stops children whose lease is over, sends a beat. False: the session is over.
  bool Tick(std::int64_t now);
  void End();  // and stops its children

 private:
  struct Refused {
    tasks::Stop stop;
    std::int64_t at = 0;
  };

  const Options& options() const { return home_->options; }
  void Tell(std::uint64_t number, const tasks::End* end);  // needs mutex_

  const Identity identity_;  // constant
  const HomePtr home_;       // constant
  LeaseBook leases_;
  const std::shared_ptr<GrantBook> grants_[2];  // constant
  std::mutex mutex_;
  StreamPtr stream_;                                              // guarded by mutex_; may be null
  std::map<std::uint64_t, std::shared_ptr<InboundChild>> calls_;  // guarded by mutex_
  // Cancelled over the session before their Start has come. A Start that names a beat as old as
  // the lease is refused anyway, so none is kept longer.
  std::map<std::uint64_t, Refused> refused_;      // guarded by mutex_
  std::map<std::uint64_t, tasks::End> not_told_;  // guarded by mutex_; while there is no stream
  bool ended_ = false;                            // guarded by mutex_
};

using InboundSessionPtr = std::shared_ptr<InboundSession>;

}  // namespace transport::internal
