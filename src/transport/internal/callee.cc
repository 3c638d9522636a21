#include "transport/internal/callee.h"

#include "base/ids.h"
#include "base/log.h"
#include "transport/internal/wire.h"

namespace transport::internal {

using base::Result;
using base::Status;

namespace {

constexpr std::size_t kMaxSessions = 1000;

}  // namespace

// One session stream, from its Hello on.
class Callee::Greeter final : public StreamHandler<proto::SessionUp> {
 public:
  Greeter(std::shared_ptr<Callee> callee, InboundSession::StreamPtr stream)
      : callee_(std::move(callee)), stream_(std::move(stream)) {}

  void OnMessage(proto::SessionUp& up) override {
    const std::int64_t now = callee_->node().BootNanos();
    if (!session_) return up.has_hello() ? OnHello(up.hello(), now) : stream_->Close();
    callee_->home_->directory.Heard(session_->identity().node, session_->identity().incarnation,
                                    now);
    Status status;
    if (up.has_echo()) {
      status = session_->OnEcho(up.echo());
    } else if (up.has_cancel()) {
      status = session_->OnCancel(up.cancel(), now);
    } else if (up.has_bye()) {
      callee_->End(session_);
    } else {
      status = base::IllegalArgument("a session got a message that it does not know");
    }
    if (status.ok()) return;
    base::log::Warn("transport", "a session broke the rules and is ended",
                    {{"node", session_->identity().node}, {"error", status}});
    callee_->End(session_);
  }

  void OnClosed(const grpc::Status& /*why*/) override {
    if (session_) {
      session_->Detach(stream_);
      callee_->home_->directory.Closed(session_->identity().node, session_->identity().incarnation);
    }
    stream_.reset();
  }

 private:
  void OnHello(const proto::Hello& hello, std::int64_t now) {
    bool resumed = false;
    auto session = callee_->Open(hello, now, resumed);
    if (!session.ok()) {
      base::log::Warn("transport", "refused a session",
                      {{"node", hello.from().substr(0, kMaxName)}, {"error", session.status()}});
      proto::SessionDown down;
      Encode(session.status(), *down.mutable_refused());
      stream_->Send(std::move(down));
      return stream_->Close();
    }
    session_ = *std::move(session);
    proto::Welcome welcome;
    welcome.set_node(callee_->node().registry.node_id());
    welcome.set_incarnation(callee_->node().registry.incarnation());
    welcome.set_session(session_->identity().key);
    welcome.set_resumed(resumed);
    welcome.set_lease_millis(callee_->options().lease_millis);
    session_->Attach(stream_, std::move(welcome), now);
  }

  const std::shared_ptr<Callee> callee_;
  InboundSession::StreamPtr stream_;  // until it has closed
  InboundSessionPtr session_;         // from Hello on
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
  for (const auto& old : superseded) End(old);
  return session;
}

void Callee::End(const InboundSessionPtr& session) {
  {
    std::lock_guard lock(mutex_);
    sessions_.erase(session->identity().key);
  }
  session->End();
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
    if (!session->Tick(node().BootNanos())) End(session);
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
  for (const auto& session : sessions) End(session);
}

}  // namespace transport::internal
