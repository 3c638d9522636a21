#include "transport/internal/callee.h"

#include "base/ids.h"
#include "base/log.h"
#include "transport/internal/wire.h"

namespace transport::internal {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t kMaxSessions = 1000;
constexpr char kNotMember[] = "node_not_in_cluster_exception";

}  // namespace

// One session stream, from its Hello on. A node that has just joined may call before we have heard
// of it, so its Hello waits a moment.
class Callee::Greeter final : public StreamHandler<proto::SessionUp>,
                              public std::enable_shared_from_this<Greeter> {
 public:
  Greeter(std::shared_ptr<Callee> callee, InboundSession::StreamPtr stream)
      : callee_(std::move(callee)), stream_(std::move(stream)) {}

  void OnMessage(proto::SessionUp& up) override {
    if (const auto [session, stream] = Current(); session) {
      OnMessage(*session, up);
    } else if (up.has_hello() && !std::exchange(greeted_, true)) {
      hello_ = std::move(*up.mutable_hello());
      Welcome(kLooks);
    } else if (stream) {
      stream->Close();
    }
  }

  void OnClosed(const grpc::Status& /*why*/) override {
    const std::lock_guard lock(mutex_);
    if (session_) {
      session_->Detach(stream_);
      callee_->home_->directory.Closed(hello_.from(), hello_.incarnation());
    }
    stream_.reset();
  }

 private:
  static constexpr int kLooks = 20;
  static constexpr std::int64_t kBetweenLooksNanos = 50'000'000;

  std::pair<InboundSessionPtr, InboundSession::StreamPtr> Current() const {
    const std::lock_guard lock(mutex_);
    return {session_, stream_};
  }

  void OnMessage(InboundSession& session, const proto::SessionUp& up) {
    const std::int64_t now = callee_->node().BootNanos();
    callee_->home_->directory.Heard(hello_.from(), hello_.incarnation(), now);
    Status status;
    if (up.has_echo()) {
      status = session.OnEcho(up.echo());
    } else if (up.has_cancel()) {
      status = session.OnCancel(up.cancel(), now);
    } else if (up.has_bye()) {
      callee_->End(session);
    } else {
      status = base::IllegalArgument("a session got a message that it does not know");
    }
    if (status.ok()) return;
    callee_->LogBrokenRules(hello_.from(), status);
    callee_->End(session);
  }

  // On the stream's thread, then on the loop.
  void Welcome(int looks_left) {
    const std::int64_t now = callee_->node().BootNanos();
    const std::lock_guard lock(mutex_);
    if (!stream_) return;
    bool resumed = false;
    auto session = callee_->Open(hello_, now, resumed);
    if (session.status().type() == kNotMember && looks_left > 0) {
      const std::int64_t monotonic = callee_->node().registry.clock().MonotonicNanos();
      callee_->node().loop.At(monotonic + kBetweenLooksNanos,
                              [weak = weak_from_this(), looks_left] {
                                if (const auto self = weak.lock()) self->Welcome(looks_left - 1);
                              });
      return;
    }
    if (!session.ok()) return Refuse(session.status());
    session_ = *std::move(session);
    proto::Welcome welcome;
    welcome.set_node(callee_->node().registry.node_id());
    welcome.set_incarnation(callee_->node().registry.incarnation());
    welcome.set_session(session_->identity().key);
    welcome.set_resumed(resumed);
    welcome.set_lease_millis(callee_->options().lease_millis);
    session_->Attach(stream_, std::move(welcome), now);
  }

  void Refuse(const Status& why) {  // needs mutex_
    if (const auto kept_back = callee_->home_->refused_sessions.Pass())
      base::log::Warn("transport", "refused a session",
                      {{"node", hello_.from().substr(0, kMaxName)},
                       {"error", why},
                       {"refused_since_last_line", *kept_back + 1}});
    proto::SessionDown down;
    Encode(why, *down.mutable_refused());
    stream_->Send(std::move(down));
    stream_->Close();
  }

  const std::shared_ptr<Callee> callee_;
  bool greeted_ = false;  // the stream's thread
  proto::Hello hello_;    // constant once greeted
  mutable std::mutex mutex_;
  InboundSession::StreamPtr stream_;  // guarded by mutex_; until it has closed
  InboundSessionPtr session_;         // guarded by mutex_; null: it is not welcome yet
};

std::shared_ptr<StreamHandler<proto::SessionUp>> Callee::Greet(
    const std::shared_ptr<ServerStream<proto::SessionDown, proto::SessionUp>>& stream) {
  return std::make_shared<Greeter>(shared_from_this(), stream);
}

Status Callee::Check(const proto::Hello& hello) const {
  if (hello.version() != kWireVersion)
    return base::IllegalArgument("the nodes speak different versions, " +
                                 std::to_string(hello.version()) + " and " +
                                 std::to_string(kWireVersion));
  if (hello.cluster() != options().cluster)
    return base::IllegalArgument("the node is of another cluster, this one is [" +
                                 options().cluster + "]");
  if (hello.to() != node().registry.node_id())
    return base::IllegalArgument("the node here is [" + node().registry.node_id() + "]");
  if (hello.from().empty() || hello.from().size() > kMaxName)
    return base::IllegalArgument("a node id must have between 1 and 1024 bytes");
  if (node().is_member && !node().is_member(hello.from(), hello.incarnation()))
    return {503, kNotMember, "the node is not known to be one of this cluster"};
  return {};
}

Result<InboundSessionPtr> Callee::Open(const proto::Hello& hello, std::int64_t now, bool& resumed) {
  RETURN_IF_ERROR(Check(hello));
  std::vector<InboundSessionPtr> superseded;
  InboundSessionPtr session;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return Status(503, "node_closed_exception", "the node is shutting down");
    if (sessions_.size() >= kMaxSessions) return base::Rejected("too many nodes have a session");
    RETURN_IF_ERROR(home_->directory.Open(hello.from(), hello.incarnation(), now));
    for (const auto& [key, other] : sessions_) {
      if (other->identity().node != hello.from()) continue;
      resumed = key == hello.resume() && other->identity().incarnation == hello.incarnation() &&
                !other->leases().Over(now);
      if (resumed) return other;
      superseded.push_back(other);
    }
    InboundSession::Identity identity{.node = hello.from(), .incarnation = hello.incarnation()};
    do {
      identity.key = base::RandomUint64();
    } while (identity.key == 0 || sessions_.contains(identity.key));
    const std::uint64_t key = identity.key;
    session = std::make_shared<InboundSession>(std::move(identity), home_);
    sessions_.emplace(key, session);
  }
  for (const auto& old : superseded) End(*old);
  return session;
}

void Callee::End(InboundSession& session) {
  InboundSessionPtr kept;  // ends outside our lock
  {
    std::lock_guard lock(mutex_);
    const auto found = sessions_.find(session.identity().key);
    if (found != sessions_.end()) {
      kept = std::move(found->second);
      sessions_.erase(found);
    }
  }
  session.End();
}

void Callee::LogBrokenRules(std::string_view who, const Status& why) const {
  const auto kept_back = home_->broken_rules.Pass();
  if (!kept_back) return;
  base::log::Warn("transport", "a message broke the rules, its stream is ended",
                  {{"from", who.substr(0, kMaxName)},
                   {"error", why},
                   {"broken_since_last_line", *kept_back + 1}});
}

InboundSessionPtr Callee::Find(std::uint64_t key) const {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second;
}

std::size_t Callee::sessions() const {
  std::lock_guard lock(mutex_);
  return sessions_.size();
}

void Callee::Start() {
  node().loop.At(node().registry.clock().MonotonicNanos() + options().beat_millis * 1'000'000,
                 [weak = weak_from_this()] {
                   if (const auto self = weak.lock()) self->Tick();
                 });
}

void Callee::Tick() {
  std::vector<InboundSessionPtr> sessions;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) {
    if (!session->Tick(node().BootNanos())) End(*session);
  }
  Start();
}

void Callee::Stop() {
  std::vector<InboundSessionPtr> sessions;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) End(*session);
}

}  // namespace transport::internal
