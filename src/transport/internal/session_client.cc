#include "transport/internal/session_client.h"

#include <algorithm>

#include "transport/internal/wire.h"

namespace transport::internal {

using base::Status;

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::int64_t kFirstPauseMillis = 50, kLongestPauseMillis = 1000;
// What a callee may ask for; longer leases would make a lost node wait as long.
constexpr std::int64_t kMaxLeaseMillis = 600'000;

Status NotConnected(const std::string& why) {
  return Status(503, "node_not_connected_exception", why);
}

}  // namespace

// One connection, from its attempt to its end.
class SessionClient::Link final : public StreamHandler<proto::SessionDown>,
                                  public std::enable_shared_from_this<Link> {
 public:
  using Wire = ClientStream<proto::SessionUp, proto::SessionDown>;

  explicit Link(std::shared_ptr<SessionClient> client) : client_(std::move(client)) {}

  void Begin(proto::Transport::Stub& stub, std::uint64_t resume) {
    const Where& where = client_->where_;
    wire_ = std::make_shared<Wire>(shared_from_this(), where.home->streams);
    wire_->Begin([&](grpc::ClientContext* context, auto* reactor) {
      stub.async()->Session(context, reactor);
    });
    proto::SessionUp up;
    proto::Hello& hello = *up.mutable_hello();
    hello.set_version(kWireVersion);
    hello.set_cluster(where.home->options.cluster);
    hello.set_from(where.home->node.registry.node_id());
    hello.set_to(where.id);
    hello.set_incarnation(where.home->node.registry.incarnation());
    hello.set_resume(resume);
    wire_->Send(std::move(up));
  }

  void OnMessage(proto::SessionDown& down) override {
    const auto self = shared_from_this();
    if (down.has_refused()) {
      refused_ = Decode(down.refused());
    } else if (down.has_welcome()) {
      client_->OnWelcome(self, down.welcome());
    } else if (down.has_beat()) {
      client_->OnBeat(self, down.beat().number());
    } else if (down.has_settled()) {
      client_->OnSettled(self, *down.mutable_settled());
    }
  }

  void OnClosed(const grpc::Status& why) override {
    client_->OnClosed(shared_from_this(),
                      refused_.ok()
                          ? NotConnected(why.ok() ? "it ended the session" : why.error_message())
                          : refused_);
  }

  Wire& wire() { return *wire_; }

  // Guarded by the client's mutex.
  bool open = false;                   // Welcome has come
  bool replaced = false;               // we ended it for another one
  std::optional<std::uint64_t> known;  // the incarnation by which it is in the directory
  Status failure;                      // why we ended it

 private:
  const std::shared_ptr<SessionClient> client_;
  std::shared_ptr<Wire> wire_;  // constant after Begin()
  Status refused_;              // gRPC's threads, one at a time
};

void SessionClient::Connect() {
  LinkPtr link;
  {
    // Look and begin in one: Stop() finds its stream, or it is never there.
    std::lock_guard lock(mutex_);
    if (stopped_ || link_ || !stub_) return;
    link_ = link = std::make_shared<Link>(shared_from_this());
    link->Begin(*stub_, session_ ? session_->key : 0);
    ++attempts_;
  }
  where_.home->node.loop.At(DueIn(where_.home->options.connect_millis * kNanosPerMilli),
                            [weak = weak_from_this(), link] {
                              const auto self = weak.lock();
                              if (!self) return;
                              {
                                std::lock_guard lock(self->mutex_);
                                if (link->open || self->link_ != link) return;
                              }
                              link->wire().Abort();
                            });
}

void SessionClient::Reach(std::shared_ptr<grpc::Channel> channel) {
  LinkPtr link;
  {
    std::lock_guard lock(mutex_);
    stub_ = proto::Transport::NewStub(std::move(channel));
    attempts_ = 0;
    link = link_;
    if (link) link->replaced = true;
  }
  if (!link) return Connect();
  link->wire().Abort();  // the next one begins when it has closed
}

void SessionClient::ConnectSoon() {
  {
    std::lock_guard lock(mutex_);
    attempts_ = 0;
  }
  ConnectLater();
}

void SessionClient::Leave() {
  LinkPtr link;
  bool open = false;
  {
    std::lock_guard lock(mutex_);
    stub_ = nullptr;
    if (session_) session_->lost = true;
    session_ = nullptr;
    link = link_;
    open = link && link->open;
  }
  if (link) SayBye(link, open);
}

void SessionClient::SayBye(const LinkPtr& link, bool open) {
  if (!open) return link->wire().Abort();
  proto::SessionUp up;
  up.mutable_bye();
  link->wire().Send(std::move(up));  // the callee ends the stream
}

void SessionClient::ConnectLater() {
  std::int64_t pause = 0;
  {
    std::lock_guard lock(mutex_);
    const std::uint64_t doublings = std::min<std::uint64_t>(attempts_, 5);
    pause = attempts_ == 0 ? 0 : std::min(kFirstPauseMillis << doublings, kLongestPauseMillis);
  }
  where_.home->node.loop.At(DueIn(pause * kNanosPerMilli), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Connect();
  });
}

std::int64_t SessionClient::DueIn(std::int64_t nanos) const {
  return where_.home->node.registry.clock().MonotonicNanos() + nanos;
}

Status SessionClient::Check(const proto::Welcome& welcome) const {
  if (welcome.node() != where_.id)
    return NotConnected("at its address is [" + welcome.node().substr(0, kMaxName) + "]");
  if (welcome.lease_millis() <= 0 || welcome.lease_millis() > kMaxLeaseMillis)
    return NotConnected("its lease is " + std::to_string(welcome.lease_millis()) + " ms");
  if (welcome.session() == 0) return NotConnected("its session has no key");
  return {};
}

// Needs mutex_. Makes `welcome` the current session.
Status SessionClient::Enter(const LinkPtr& link, const proto::Welcome& welcome, bool& resumed) {
  RETURN_IF_ERROR(Check(welcome));
  const std::int64_t now = where_.home->node.BootNanos();
  RETURN_IF_ERROR(where_.home->directory.Open(where_.id, welcome.incarnation(), now));
  link->known = welcome.incarnation();
  resumed = session_ && session_->key == welcome.session() && welcome.resumed() &&
            session_->echoes.Heard(welcome.beat(), now);
  if (!resumed) {
    session_ = std::make_shared<OutboundSession>(welcome.session(), welcome.incarnation(),
                                                 welcome.lease_millis() * kNanosPerMilli,
                                                 welcome.beat(), now);
  }
  link->open = true;
  attempts_ = 0;
  return {};
}

void SessionClient::OnWelcome(const LinkPtr& link, const proto::Welcome& welcome) {
  OutboundSessionPtr session;
  bool resumed = false;
  {
    std::lock_guard lock(mutex_);
    if (link_ != link || link->open) return;
    link->failure = Enter(link, welcome, resumed);
    if (link->failure.ok()) session = session_;
  }
  if (!session) return link->wire().Abort();
  const auto events = events_.lock();
  if (!events) return;
  if (!resumed) Watch(session);
  OnBeat(link, welcome.beat());
  events->OnOpen(session);
}

void SessionClient::OnBeat(const LinkPtr& link, std::uint64_t beat) {
  OutboundSessionPtr lost;
  const std::int64_t now = where_.home->node.BootNanos();
  {
    std::lock_guard lock(mutex_);
    if (link_ != link || !link->open || !session_) return;
    where_.home->directory.Heard(where_.id, session_->incarnation, now);
    if (session_->echoes.Heard(beat, now)) {
      proto::SessionUp up;
      proto::Echo& echo = *up.mutable_echo();
      echo.set_beat(beat);
      for (const Upstream& left : session_->echoes.Left(now)) {
        proto::Upstream& upstream = *echo.add_upstream();
        upstream.set_number(left.number);
        upstream.set_left_nanos(left.left_nanos);
      }
      link->wire().Send(std::move(up));
      return;
    }
    lost = session_;
  }
  Lose(lost);  // too late: what is over there must not be told to go on
}

void SessionClient::OnSettled(const LinkPtr& link, proto::Settled& settled) {
  OutboundSessionPtr session;
  {
    std::lock_guard lock(mutex_);
    if (link_ != link || !link->open) return;
    session = session_;
  }
  const auto events = events_.lock();
  if (session && events) events->OnSettled(session, settled);
}

void SessionClient::OnClosed(const LinkPtr& link, const Status& why) {
  Status failure;
  bool quiet = false;
  {
    std::lock_guard lock(mutex_);
    if (link->known) where_.home->directory.Closed(where_.id, *link->known);
    if (link_ == link) link_ = nullptr;
    if (!link->open) failure = link->failure.ok() ? why : link->failure;
    if (stopped_ || !stub_) return;
    quiet = link->replaced;
  }
  if (const auto events = quiet ? nullptr : events_.lock()) {
    if (failure.ok()) {
      events->OnBroken();
    } else {
      events->OnUnreachable(failure);
    }
  }
  ConnectLater();
}

void SessionClient::Watch(const OutboundSessionPtr& session) {
  if (session->lost) return;
  const std::int64_t left = session->echoes.nothing_begins_from() - where_.home->node.BootNanos();
  if (left <= 0) return Lose(session);
  where_.home->node.loop.At(DueIn(left), [weak = weak_from_this(), session] {
    if (const auto self = weak.lock()) self->Watch(session);
  });
}

void SessionClient::Lose(const OutboundSessionPtr& session) {
  LinkPtr link;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    session->lost = true;
    if (session_ == session) {
      session_ = nullptr;
      link = std::exchange(link_, nullptr);
    }
  }
  if (const auto events = events_.lock()) events->OnLost(session);
  if (!link) return;
  link->wire().Abort();
}

bool SessionClient::Cancel(const OutboundSessionPtr& session, proto::CancelCalls cancel) {
  std::lock_guard lock(mutex_);
  if (!link_ || !link_->open || session_ != session) return false;
  proto::SessionUp up;
  *up.mutable_cancel() = std::move(cancel);
  return link_->wire().Send(std::move(up));
}

void SessionClient::Stop() {
  LinkPtr link;
  bool open = false;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    session_ = nullptr;
    link = link_;
    open = link && link->open;
  }
  if (link) SayBye(link, open);
}

void SessionClient::Abort() {
  LinkPtr link;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    link = link_;
  }
  if (link) link->wire().Abort();
}

}  // namespace transport::internal
