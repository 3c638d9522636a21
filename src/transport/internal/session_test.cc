// A caller's and a callee's side of one session over gRPC on loopback. Time is turned by hand, so
// beats and leases move when the test says so; what crosses the connection is waited for.

#include <gmock/gmock.h>

#include <atomic>

#include "transport/internal/callee_fixture.h"
#include "transport/internal/session_client.h"
#include "transport/transport_fixture.h"

namespace transport::internal {
namespace {

using test::TcpProxy;

class Events final : public SessionEvents {
 public:
  void OnOpen(const OutboundSessionPtr& session) override {
    std::lock_guard lock(mutex_);
    sessions_.push_back(session);
    changed_.notify_all();
  }
  void OnBroken() override { Count(broken_); }
  void OnUnreachable(const base::Status& why) override {
    std::lock_guard lock(mutex_);
    why_ = why.reason();
    type_ = why.type();
    ++unreachable_;
    changed_.notify_all();
  }
  void OnLost(const OutboundSessionPtr& session) override {
    std::lock_guard lock(mutex_);
    lost_.push_back(session);
    changed_.notify_all();
  }
  void OnSettled(const OutboundSessionPtr& /*session*/, proto::Settled& settled) override {
    std::lock_guard lock(mutex_);
    settled_.push_back(settled.call());
    changed_.notify_all();
  }

  OutboundSessionPtr Opened(std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sessions_.size() >= times; });
    return sessions_.at(times - 1);
  }
  // The same while time passes, not faster than it does: an attempt that takes its time must not
  // meet its own bound, nor a session its end.
  template <typename Pass>
  OutboundSessionPtr OpenedWhile(std::size_t times, Pass pass) {
    WaitWhile([&] { return sessions_.size() >= times; }, pass);
    return sessions_.at(times - 1);
  }
  template <typename Pass>
  void UnreachableWhile(std::string_view type, Pass pass) {
    WaitWhile([&] { return type_ == type; }, pass);
  }
  std::string Unreachable(int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return unreachable_ >= times; });
    return why_;
  }
  std::string type() {
    std::lock_guard lock(mutex_);
    return type_;
  }
  void Broken(int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return broken_ >= times; });
  }
  std::vector<OutboundSessionPtr> lost() {
    std::lock_guard lock(mutex_);
    return lost_;
  }
  std::vector<std::uint64_t> Settled(std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return settled_.size() >= times; });
    return settled_;
  }

 private:
  void Count(int& what) {
    std::lock_guard lock(mutex_);
    ++what;
    changed_.notify_all();
  }

  template <typename Condition, typename Pass>
  void WaitWhile(Condition condition, Pass pass) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(1), condition)) {
      lock.unlock();
      pass();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<OutboundSessionPtr> sessions_, lost_;
  std::vector<std::uint64_t> settled_;
  int broken_ = 0, unreachable_ = 0;
  std::string why_, type_;
};

struct CallerSide {
  CallerSide(const std::string& id, std::uint64_t incarnation, const base::Clock& clock,
             const Options& with, const std::string& address, const std::string& to)
      : node(id, incarnation, clock, tasks::Loop::Mode::kManual),
        home(std::make_shared<Home>(node.local(), with)) {
    client = std::make_shared<SessionClient>(SessionClient::Where{home, to}, events);
    client->Reach(MakeChannel(address, *MakeCredentials({}), with));
  }
  ~CallerSide() {
    client->Abort();
    home->streams->WaitUntilNone();
  }

  BareNode node;
  HomePtr home;
  std::shared_ptr<Events> events = std::make_shared<Events>();
  std::shared_ptr<SessionClient> client;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() { options_.lease_millis = 5000; }

  std::unique_ptr<CallerSide> Caller(const std::string& address, std::uint64_t incarnation = 1) {
    return std::make_unique<CallerSide>("node-a", incarnation, clock_, options_, address, "node-b");
  }
  // A lease as a call of that session has it.
  std::shared_ptr<const tasks::Lease> LeaseOf(CalleeSide& side, const OutboundSessionPtr& session) {
    const InboundSessionPtr inbound = side.callee->Find(session->key);
    EXPECT_NE(inbound, nullptr);
    const auto look = session->echoes.ForStart(nullptr, clock_.BootNanos());
    return *inbound->leases().ForCall(look->beat, look->upstream, clock_.BootNanos());
  }
  void Pass(std::int64_t millis, std::initializer_list<BareNode*> nodes) {
    clock_.AdvanceMillis(millis);
    for (BareNode* node : nodes) node->loop.RunDue();
  }

  OutboundSessionPtr OpenedAgain(CallerSide& side) {
    return side.events->OpenedWhile(2, [&] { Pass(1, {&side.node}); });
  }

  base::ManualClock clock_;
  Options options_;
};

TEST_F(SessionTest, BeatsAndEchoesMoveTheLeaseOn) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  EXPECT_EQ(session->incarnation, 7U);
  const auto lease = LeaseOf(b, session);
  const std::int64_t first = lease->valid_until_boot_nanos;
  EXPECT_EQ(first, clock_.BootNanos() + 5000 * kMillis);
  for (int i = 1; i <= 20; ++i) {  // twice the lease
    Pass(500, {&b.node, &a->node});
    Await([&] { return lease->valid_until_boot_nanos == first + i * 500 * kMillis; });
  }
  EXPECT_TRUE(a->events->lost().empty());
  EXPECT_EQ(b.callee->sessions(), 1U);
}

TEST_F(SessionTest, EchoesCarryWhatTheCallersOwnCallersLeave) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  const auto upstream = std::make_shared<tasks::Lease>();
  upstream->valid_until_boot_nanos = clock_.BootNanos() + 2000 * kMillis;
  const auto look = *session->echoes.ForStart(upstream, clock_.BootNanos());
  const auto lease =
      *b.callee->Find(session->key)->leases().ForCall(look.beat, look.upstream, clock_.BootNanos());
  EXPECT_EQ(lease->valid_until_boot_nanos, upstream->valid_until_boot_nanos);
  upstream->valid_until_boot_nanos += 1000 * kMillis;
  Pass(500, {&b.node});
  Await([&] { return lease->valid_until_boot_nanos == upstream->valid_until_boot_nanos; });
}

TEST_F(SessionTest, ASilentCalleeIsLostAfterALeaseAndATenth) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  Pass(5499, {&a->node});
  EXPECT_TRUE(a->events->lost().empty());
  Pass(1, {&a->node});
  EXPECT_THAT(a->events->lost(), testing::ElementsAre(session));
}

TEST_F(SessionTest, WhatComesTooLateIsNotEchoed) {
  CalleeSide b("node-b", 7, clock_, options_);
  TcpProxy proxy(b.listening.port);
  const auto a = Caller(proxy.address());
  const auto session = a->events->Opened();
  const auto lease = LeaseOf(b, session);
  Pass(500, {&b.node});
  Await([&] { return lease->valid_until_boot_nanos == clock_.BootNanos() + 5000 * kMillis; });
  const std::int64_t until = lease->valid_until_boot_nanos;

  proxy.Hold(TcpProxy::Way::kBack);
  Pass(500, {&b.node});        // a beat that is on its way
  clock_.AdvanceMillis(5000);  // while both sides sleep
  proxy.Release(TcpProxy::Way::kBack);
  Await([&] { return !a->events->lost().empty(); });
  EXPECT_THAT(a->events->lost(), testing::ElementsAre(session));
  EXPECT_EQ(lease->valid_until_boot_nanos, until);
}

class Child final : public InboundChild {
 public:
  void Stop(const tasks::Stop& stop) override { Note(stop.reason); }
  void StreamLost(const tasks::Stop& stop) override { Note("lost: " + stop.reason); }
  std::int64_t lease_until() const override { return lease_until_; }

  std::vector<std::string> notes() const {
    std::lock_guard lock(mutex_);
    return notes_;
  }
  std::atomic<std::int64_t> lease_until_ = INT64_MAX;

 private:
  void Note(std::string what) {
    std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;  // guarded by mutex_
};

TEST_F(SessionTest, ACalleeWhoseLeaseIsOverStopsItsChildren) {
  CalleeSide b("node-b", 7, clock_, options_);
  TcpProxy proxy(b.listening.port);
  const auto a = Caller(proxy.address());
  const auto session = a->events->Opened();
  const auto child = std::make_shared<Child>();
  ASSERT_TRUE(b.callee->Find(session->key)->Add(1, child).ok());
  proxy.Hold(TcpProxy::Way::kThere);
  Pass(4999, {&b.node});
  EXPECT_TRUE(child->notes().empty());
  Pass(1, {});
  Pass(499, {&b.node});  // at its next beat
  EXPECT_THAT(child->notes(), testing::ElementsAre("its caller is gone"));
  EXPECT_EQ(b.callee->sessions(), 0U);
}

TEST_F(SessionTest, AChildWhoseOwnLeaseIsOverIsStoppedAlone) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto inbound = b.callee->Find(a->events->Opened()->key);
  const auto bounded = std::make_shared<Child>(), other = std::make_shared<Child>();
  bounded->lease_until_ = clock_.BootNanos() + 300 * kMillis;
  ASSERT_TRUE(inbound->Add(1, bounded).ok());
  ASSERT_TRUE(inbound->Add(2, other).ok());
  Pass(500, {&b.node});
  EXPECT_EQ(bounded->notes().size(), 1U);
  EXPECT_TRUE(other->notes().empty());
}

TEST_F(SessionTest, ABrokenConnectionIsResumedAndTheLeaseGoesOn) {
  CalleeSide b("node-b", 7, clock_, options_);
  TcpProxy proxy(b.listening.port);
  const auto a = Caller(proxy.address());
  const auto session = a->events->Opened();
  const auto lease = LeaseOf(b, session);
  const auto child = std::make_shared<Child>();
  ASSERT_TRUE(b.callee->Find(session->key)->Add(1, child).ok());
  proxy.Cut();
  a->events->Broken();
  EXPECT_EQ(OpenedAgain(*a), session);
  EXPECT_GT(proxy.connections(), 1U);
  Pass(500, {&b.node});
  Await([&] { return lease->valid_until_boot_nanos == clock_.BootNanos() + 5000 * kMillis; });
  EXPECT_TRUE(child->notes().empty());
}

TEST_F(SessionTest, EndsThatCouldNotBeToldAreToldWhenItIsResumed) {
  CalleeSide b("node-b", 7, clock_, options_);
  TcpProxy proxy(b.listening.port);
  const auto a = Caller(proxy.address());
  const auto inbound = b.callee->Find(a->events->Opened()->key);
  ASSERT_TRUE(inbound->Add(3, std::make_shared<Child>()).ok());
  inbound->Remove(3, tasks::End());
  EXPECT_THAT(a->events->Settled(1), testing::ElementsAre(3));
  proxy.Cut();
  a->events->Broken();
  ASSERT_TRUE(inbound->Add(4, std::make_shared<Child>()).ok());
  inbound->Remove(4, tasks::End());
  // Told on the broken connection, or on the next: a caller that asks is answered in any case.
  const auto session = OpenedAgain(*a);
  proto::CancelCalls ask;
  ask.add_call(4);
  ask.set_lost(true);
  Await([&] { return a->client->Cancel(session, ask); });
  EXPECT_EQ(a->events->Settled(2).at(1), 4U);
}

TEST_F(SessionTest, ALostSessionIsBegunAnewAndItsChildrenAreStopped) {
  CalleeSide b("node-b", 7, clock_, options_);
  TcpProxy proxy(b.listening.port);
  const auto a = Caller(proxy.address());
  const auto session = a->events->Opened();
  const auto child = std::make_shared<Child>();
  ASSERT_TRUE(b.callee->Find(session->key)->Add(1, child).ok());
  Pass(5500, {&a->node});  // the callee was frozen all the time
  ASSERT_EQ(a->events->lost().size(), 1U);
  EXPECT_NE(OpenedAgain(*a)->key, session->key);
  Await([&] { return !child->notes().empty(); });
  EXPECT_EQ(b.callee->Find(session->key), nullptr);
  EXPECT_THAT(child->notes(), testing::ElementsAre("its caller is gone"));
  EXPECT_EQ(b.callee->sessions(), 1U);
}

TEST_F(SessionTest, ANewProcessIsSeenByItsIncarnation) {
  auto b = std::make_unique<CalleeSide>("node-b", 7, clock_, options_);
  const auto a = Caller(b->address());
  const std::uint16_t port = b->listening.port;
  EXPECT_EQ(a->events->Opened()->incarnation, 7U);
  b = nullptr;
  b = std::make_unique<CalleeSide>("node-b", 8, clock_, options_, port);
  EXPECT_EQ(OpenedAgain(*a)->incarnation, 8U);
}

TEST_F(SessionTest, StrangersAreRefusedByName) {
  CalleeSide b("node-b", 7, clock_, options_);
  CallerSide wrong_id("node-a", 1, clock_, options_, b.address(), "node-c");
  EXPECT_THAT(wrong_id.events->Unreachable(), testing::HasSubstr("the node here is [node-b]"));
  Options other = options_;
  other.cluster = "other";
  CallerSide wrong_cluster("node-a", 1, clock_, other, b.address(), "node-b");
  EXPECT_THAT(wrong_cluster.events->Unreachable(), testing::HasSubstr("another cluster"));
  EXPECT_EQ(b.callee->sessions(), 0U);
}

TEST_F(SessionTest, NobodyThereIsToldAtOnce) {
  CallerSide a("node-a", 1, clock_, options_, "127.0.0.1:1", "node-b");
  a.events->Unreachable();
  EXPECT_EQ(a.events->type(), "node_not_connected_exception");
}

TEST_F(SessionTest, ASecondLiveNodeWithTheSameIdIsRefused) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto first = Caller(b.address(), 1);
  const auto session = first->events->Opened();
  const auto lease = LeaseOf(b, session);
  const auto copy = Caller(b.address(), 2);
  EXPECT_THAT(copy->events->Unreachable(), testing::HasSubstr("may still be alive"));
  Pass(500, {&b.node});  // the first one echoes
  Await([&] { return lease->valid_until_boot_nanos == clock_.BootNanos() + 5000 * kMillis; });
  copy->events->UnreachableWhile(kSecondNode, [&] { Pass(1, {&copy->node}); });
  EXPECT_THAT(copy->events->Unreachable(), testing::HasSubstr("a second live node"));
  EXPECT_EQ(b.callee->Find(session->key)->identity().incarnation, 1U);
}

TEST_F(SessionTest, CancelsOfManyCallsAreOneMessage) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  std::vector<std::shared_ptr<Child>> children;
  proto::CancelCalls cancel;
  for (int i = 0; i < 1000; ++i) {
    children.push_back(std::make_shared<Child>());
    ASSERT_TRUE(b.callee->Find(session->key)->Add(i, children.back()).ok());
    cancel.add_call(i);
  }
  cancel.mutable_stop()->set_reason("enough");
  ASSERT_TRUE(a->client->Cancel(session, cancel));
  for (const auto& child : children) Await([&] { return !child->notes().empty(); });
  EXPECT_THAT(children[500]->notes(), testing::ElementsAre("enough"));
}

TEST_F(SessionTest, ACancelThatComesBeforeItsCallRefusesIt) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  const auto inbound = b.callee->Find(session->key);
  proto::CancelCalls lost;
  lost.add_call(1);
  lost.mutable_stop()->set_reason("enough");
  lost.set_lost(true);
  ASSERT_TRUE(a->client->Cancel(session, lost));
  EXPECT_THAT(a->events->Settled(1), testing::ElementsAre(1));
  const base::Status refused = inbound->Add(1, std::make_shared<Child>());
  EXPECT_EQ(refused.code(), base::Code::kCancelled);
  EXPECT_THAT(refused.reason(), testing::HasSubstr("enough"));
  EXPECT_TRUE(inbound->Add(1, std::make_shared<Child>()).ok()) << "it is not kept";
}

TEST_F(SessionTest, AMessageThatBreaksTheRulesEndsTheSession) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  proto::CancelCalls odd;
  odd.mutable_stop()->set_cause(99);
  ASSERT_TRUE(a->client->Cancel(session, odd));
  a->events->Broken();
  EXPECT_EQ(b.callee->Find(session->key), nullptr);
}

TEST_F(SessionTest, ByeEndsTheSessionAtOnce) {
  CalleeSide b("node-b", 7, clock_, options_);
  const auto a = Caller(b.address());
  const auto session = a->events->Opened();
  const auto child = std::make_shared<Child>();
  ASSERT_TRUE(b.callee->Find(session->key)->Add(1, child).ok());
  a->client->Stop();
  a->home->streams->WaitUntilNone();
  EXPECT_EQ(b.callee->sessions(), 0U);
  EXPECT_EQ(child->notes().size(), 1U);
}

TEST_F(SessionTest, APortThatIsTakenIsAClearError) {
  CalleeSide b("node-b", 7, clock_, options_);
  Options same = options_;
  same.port = b.listening.port;
  const auto second = Listen(b.service, *MakeCredentials({}), same);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().type(), "bind_transport_exception");
  EXPECT_THAT(second.status().reason(), testing::AllOf(testing::HasSubstr(b.address()),
                                                       testing::HasSubstr("transport.port")));
}

}  // namespace
}  // namespace transport::internal
