// transport/internal/callee.h
//
// The sessions that other nodes have with this one: opens, resumes, supersedes and ends them, and
// beats for all of them twice a second. A node has one session here; a new one ends the old.
//
// Lifetime: shared, one a Transport; Stop() ends all sessions. Threads: any.

#pragma once

#include "transport/internal/home.h"
#include "transport/internal/inbound_session.h"

namespace transport::internal {

class Callee : public std::enable_shared_from_this<Callee> {
 public:
  explicit Callee(HomePtr home) : home_(std::move(home)) {}

  const LocalNode& node() const { return home_->node; }
  const Options& options() const { return home_->options; }

  void Start();
  void Stop();

  // What handles a new session stream.
  std::shared_ptr<StreamHandler<proto::SessionUp>> Greet(
      const std::shared_ptr<ServerStream<proto::SessionDown, proto::SessionUp>>& stream);

  // Null if there is none with that key, or no longer.
  InboundSessionPtr Find(std::uint64_t key) const;
  std::size_t sessions() const;

  // Says so in the log, once a minute.
  void LogBrokenRules(std::string_view who, const base::Status& why) const;

 private:
  class Greeter;

  base::Status Check(const proto::Hello& hello) const;
  // The session that `hello` begins or resumes. Its process is in the directory then.
  base::Result<InboundSessionPtr> Open(const proto::Hello& hello, std::int64_t now, bool& resumed);
  void End(InboundSession& session);
  void Tick();

  const HomePtr home_;  // constant
  mutable std::mutex mutex_;
  std::map<std::uint64_t, InboundSessionPtr> sessions_;  // guarded by mutex_; by key
  bool stopped_ = false;                                 // guarded by mutex_
};

}  // namespace transport::internal
