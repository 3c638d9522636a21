// Calls that wait to be sent, and nodes that leave the cluster.

#include <gmock/gmock.h>

#include "transport/transport_fixture.h"

namespace transport {
namespace {

using tasks::End;
using tasks::Inbound;
using tasks::Outcome;
using tasks::TaskContext;
using test::TcpProxy;
using testing::HasSubstr;
using Way = test::TcpProxy::Way;

const tasks::Stop kEnough{.cause = tasks::StopCause::kUser, .reason = "enough"};

Options Patient() {
  Options options = LiveNode::Loopback();
  options.connect_millis = 600'000;
  options.beat_millis = 50;
  options.max_streams = 1;
  return options;
}

class WaitingTest : public testing::Test {
 protected:
  WaitingTest() {
    b_.Handle("test:wait", [this](TaskContext& task, Inbound&) { return End(puppet_.Act(task)); });
  }
  RemotePeer& Peer() { return a_.PeerAt("node-b", proxy_.address()); }
  // From now on no session opens, and none breaks.
  void HoldAll() {
    proxy_.Hold(Way::kThere);
    proxy_.Hold(Way::kBack);
  }
  void ReleaseAll() {
    proxy_.Release(Way::kThere);
    proxy_.Release(Way::kBack);
  }
  std::string NodeB() const { return "[node-b][" + proxy_.address() + "] Node not connected"; }

  test::Puppet puppet_;
  LiveNode a_{"node-a", Patient()}, b_{"node-b", Patient()};
  TcpProxy proxy_{b_.transport().port()};
};

TEST_F(WaitingTest, ACancelEndsACallThatWaitsForTheSession) {
  HoldAll();
  Heard heard;
  const auto call = Peer().Start(RequestFor("test:wait"), heard.Events());
  EXPECT_EQ(Peer().state().queued_calls, 1U);
  call->Cancel(kEnough);
  const End end = heard.End();
  EXPECT_EQ(end.outcome, Outcome::kCancelled);
  EXPECT_TRUE(end.never_began);
  Await([&] { return Peer().state().queued_calls == 0; });
  ReleaseAll();
  Await([&] { return Peer().state().connected; });
  EXPECT_EQ(Peer().state().open_calls, 0U);
  EXPECT_TRUE(b_.Alive().empty());
}

TEST_F(WaitingTest, ADeadlineEndsACallThatWaitsForTheSession) {
  HoldAll();
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  request.deadline_left_millis = 20;
  const auto call = Peer().Start(std::move(request), heard.Events());
  const End end = heard.End();
  EXPECT_EQ(end.outcome, Outcome::kFailed);
  EXPECT_TRUE(end.never_began);
  EXPECT_EQ(end.error.http_status(), 503);
  EXPECT_EQ(end.error.type(), "node_not_connected_exception");
  EXPECT_THAT(end.error.reason(), HasSubstr(NodeB()));
  Await([&] { return Peer().state().queued_calls == 0; });
}

TEST_F(WaitingTest, ADeadlineEndsACallThatWaitsItsTurn) {
  Heard first, second;
  const auto open = Peer().Start(RequestFor("test:wait"), first.Events());
  first.Started();
  tasks::StartRequest request = RequestFor("test:wait");
  request.deadline_left_millis = 20;
  const auto call = Peer().Start(std::move(request), second.Events());
  EXPECT_EQ(second.End().error.type(), "timeout_exception");
  EXPECT_TRUE(second.End().never_began);
  puppet_.LetGo();
  EXPECT_EQ(first.End().outcome, Outcome::kDone);
}

TEST_F(WaitingTest, WhatHasWaitedHasLessTimeLeft) {
  constexpr std::int64_t kWaited = 200, kLeft = 60'000, kGrace = 100;
  const auto now = [] { return base::Clock::System().MonotonicNanos(); };
  HoldAll();
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  request.deadline_left_millis = kLeft;
  const std::int64_t before = now();
  const auto call = Peer().Start(std::move(request), heard.Events());
  const std::int64_t after = now();
  Await([&] { return now() > after + kWaited * kMillis; });
  ReleaseAll();
  puppet_.WaitUntilBegun();
  const std::int64_t due = *b_.Alive().at(0)->spec().deadline_nanos - kGrace * kMillis;
  // Less what the Start was on its way, which nobody knows.
  EXPECT_LT(due - now(), (kLeft - kWaited + 1) * kMillis);
  EXPECT_GE(due, before + kLeft * kMillis);
  puppet_.LetGo();
  EXPECT_EQ(heard.End().outcome, Outcome::kDone);
}

TEST_F(WaitingTest, WhatWaitsForANodeThatLeavesFailsUnsent) {
  HoldAll();
  Heard waiting, late, again;
  RemotePeer& peer = Peer();
  tasks::CallEvents events = waiting.Events();
  events.on_end = [&, told = events.on_end](const End& end) {
    EXPECT_EQ(a_.transport().Find("node-b"), &peer) << "told under no lock";
    told(end);
  };
  const auto one = peer.Start(RequestFor("test:wait"), std::move(events));
  a_.transport().Disconnect("node-b");
  const auto two = peer.Start(RequestFor("test:wait"), late.Events());
  for (Heard* heard : {&waiting, &late}) {
    EXPECT_EQ(heard->End().error.type(), "node_not_connected_exception");
    EXPECT_THAT(heard->End().error.reason(), HasSubstr(NodeB() + ": it has left the cluster"));
    EXPECT_TRUE(heard->End().never_began);
  }
  ReleaseAll();
  puppet_.LetGo();
  EXPECT_EQ(&Peer(), &peer) << "it is reached again";
  const auto three = peer.Start(RequestFor("test:wait"), again.Events());
  EXPECT_EQ(again.End().outcome, Outcome::kDone);
}

TEST_F(WaitingTest, TheOpenCallsOfANodeThatHasLeftGoOnAndThenItsSessionEnds) {
  Heard heard;
  RemotePeer& peer = Peer();
  const auto call = peer.Start(RequestFor("test:wait"), heard.Events());
  heard.Started();
  a_.transport().Disconnect("node-b");
  EXPECT_EQ(peer.state().open_calls, 1U);
  EXPECT_EQ(b_.transport().callers(), 1U);
  EXPECT_FALSE(b_.Alive().at(0)->cancelled());
  puppet_.LetGo();
  EXPECT_EQ(heard.End().outcome, Outcome::kDone);
  Await([&] { return b_.transport().callers() == 0; });
  EXPECT_FALSE(peer.state().connected);
}

// By hand, so that the deadline comes when the test says so.
TEST(SentTest, WhatHasBeenSentIsNoLongerEndedByTheQueue) {
  base::ManualClock clock;
  BareNode node("node-a", 1, clock, tasks::Loop::Mode::kManual);
  Options options = LiveNode::Loopback();
  options.lease_millis = 600'000;
  test::Puppet puppet;
  LiveNode b("node-b", options);
  b.Handle("test:wait", [&](TaskContext& task, Inbound&) { return End(puppet.Act(task)); });
  auto transport = *Transport::Listen(node.local(), options);
  TcpProxy proxy(b.transport().port());
  proxy.Hold(Way::kBack);
  RemotePeer& peer = transport->Connect("node-b", proxy.address());
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  request.deadline_left_millis = 60'000;
  const auto call = peer.Start(std::move(request), heard.Events());
  EXPECT_EQ(peer.state().queued_calls, 1U);
  proxy.Release(Way::kBack);
  heard.Started();
  clock.AdvanceMillis(60'000);
  node.loop.RunDue();
  EXPECT_FALSE(heard.ended()) << "now its deadline is the child's matter";
  puppet.LetGo();
  EXPECT_EQ(heard.End().outcome, Outcome::kDone);
}

// By hand, so that an hour is over soon.
TEST(LeavingTest, ANodeThatHasLeftIsNotConnectedAnyMore) {
  base::ManualClock clock;
  BareNode node("node-a", 1, clock, tasks::Loop::Mode::kManual);
  LiveNode b("node-b");
  const TcpProxy proxy(b.transport().port());
  auto transport = *Transport::Listen(node.local(), LiveNode::Loopback());
  RemotePeer& peer = transport->Connect("node-b", proxy.address());
  Await([&] { return peer.state().connected; });
  transport->Disconnect("node-b");
  EXPECT_FALSE(peer.state().connected);
  Await([&] { return b.transport().callers() == 0; });
  for (int i = 0; i < 3600; ++i) {
    clock.AdvanceMillis(1000);
    node.loop.RunDue();
  }
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_EQ(node.loop.timers(), 1U) << "the next beat, and nothing of that peer";
  transport->Connect("node-b", proxy.address());
  Await([&] {
    clock.AdvanceMillis(1);
    node.loop.RunDue();
    return peer.state().connected;
  });
}

}  // namespace
}  // namespace transport
