// What breaks between two nodes: connections that are cut, stuck or one-way, nodes that are silent
// or have died. The way between them goes through a proxy.

#include <gmock/gmock.h>

#include "transport/transport_fixture.h"

namespace transport {
namespace {

using base::Code;
using base::Status;
using tasks::End;
using tasks::Inbound;
using tasks::Outcome;
using tasks::TaskContext;
using test::TcpProxy;
using testing::HasSubstr;
using Way = test::TcpProxy::Way;

constexpr int kSession = 0, kWork = 1;  // connections of the proxy, as they come

const tasks::Stop kEnough{.cause = tasks::StopCause::kUser, .reason = "enough"};

Options Short() {
  Options options = LiveNode::Loopback();
  options.lease_millis = 600;
  options.beat_millis = 50;
  return options;
}

class LostNodesTest : public testing::Test {
 protected:
  LostNodesTest() { Furnish(*b_); }

  void Furnish(LiveNode& node) {
    node.Handle("test:wait", [this](TaskContext& task, Inbound&) {
      return End(puppet_.Act(task), "what was done");
    });
    node.Handle(
        "test:parent", [this](TaskContext& task, Inbound&) { return End(puppet_.Act(task)); },
        tasks::Reach::kAnyNode);
    // Seals unit after unit, and counts those that it could begin.
    node.Handle("test:write", [this](TaskContext& task, Inbound&) {
      Status status;
      while (status.ok()) {
        status = task.Seal();
        if (!status.ok()) break;
        last_effect_ = base::Clock::System().BootNanos();
        status = task.Unseal();
        std::this_thread::yield();
      }
      return End(status);
    });
    node.Handle("test:slow", [this](TaskContext& task, Inbound& inbound) {
      auto first = inbound.Next(task);  // and takes no more
      Status status = first.ok() ? puppet_.Act(task) : first.status();
      return End(std::move(status));
    });
  }
  RemotePeer& Peer() { return a_.PeerAt("node-b", proxy_.address()); }
  std::shared_ptr<tasks::Call> Start(std::string_view action, Heard& heard) {
    auto call = Peer().Start(RequestFor(action), heard.Events());
    heard.Started();
    return call;
  }
  void HoldAll() {
    proxy_.Hold(Way::kThere);
    proxy_.Hold(Way::kBack);
  }
  void ReleaseAll() {
    proxy_.Release(Way::kThere);
    proxy_.Release(Way::kBack);
  }

  test::Puppet puppet_;
  std::atomic<std::int64_t> last_effect_ = 0;
  LiveNode a_{"node-a", Short()};
  std::unique_ptr<LiveNode> b_ = std::make_unique<LiveNode>("node-b", Short());
  TcpProxy proxy_{b_->transport().port()};
};

// As if it were stopped by a signal: neither side hears of the other.
TEST_F(LostNodesTest, ASilentNodesChildIsUnconfirmedAfterItsLeaseAndDoesNothingLater) {
  Heard heard;
  const auto call = Start("test:write", heard);
  const auto child = b_->Alive().at(0);
  const std::int64_t begin = base::Clock::System().BootNanos();
  HoldAll();
  const End end = heard.End();
  const std::int64_t told = base::Clock::System().BootNanos();
  EXPECT_EQ(end.outcome, Outcome::kUnconfirmed);
  EXPECT_FALSE(end.never_began);
  EXPECT_EQ(end.error.http_status(), 503) << "clients try again";
  EXPECT_THAT(end.error.reason(), HasSubstr(child->id().ToString() + " is unconfirmed"));
  EXPECT_GE(told - begin, 550 * kMillis) << "a lease and a tenth from the last echo";
  EXPECT_LT(last_effect_, told) << "nothing begins when its caller has told of the loss";
  Await([&] { return b_->Alive().empty(); });
  ReleaseAll();
  EXPECT_EQ(heard.ends(), 1);
}

TEST_F(LostNodesTest, ASilentNodeIsReachedAgainByANewSession) {
  Heard lost, again;
  const auto call = Start("test:wait", lost);
  HoldAll();
  EXPECT_EQ(lost.End().outcome, Outcome::kUnconfirmed);
  Heard refused;
  const auto early = Peer().Start(RequestFor("test:wait"), refused.Events());
  EXPECT_EQ(refused.End().error.type(), "node_not_connected_exception");
  ReleaseAll();
  Await([&] { return Peer().state().connected && b_->Alive().empty(); });
  const auto next = Start("test:wait", again);
  puppet_.LetGo();
  EXPECT_EQ(again.End().outcome, Outcome::kDone);
}

TEST_F(LostNodesTest, TheCallsOfASilentNodeThatHasLeftWaitForTheLease) {
  Heard heard;
  const auto call = Start("test:wait", heard);
  HoldAll();
  a_.transport().Disconnect("node-b");
  EXPECT_EQ(heard.End().outcome, Outcome::kUnconfirmed);
  ReleaseAll();
  Await([&] { return b_->Alive().empty() && b_->transport().callers() == 0; });
}

TEST_F(LostNodesTest, AOneWayConnectionIsASilentOne) {
  Heard heard;
  const auto call = Start("test:write", heard);
  proxy_.Hold(Way::kThere);  // beats come, echoes do not arrive
  EXPECT_NE(heard.End().outcome, Outcome::kDone);
  Await([&] { return b_->Alive().empty(); });
}

TEST_F(LostNodesTest, ACallWhoseStreamBreaksEndsAsTheSessionTells) {
  Heard heard;
  const auto call = Start("test:wait", heard);
  puppet_.WaitUntilBegun();  // a child that is stopped before has nothing to tell
  proxy_.CutOne(kWork);
  const End end = heard.End();
  EXPECT_EQ(end.outcome, Outcome::kCancelled) << end.error.reason();
  EXPECT_EQ(end.result, "what was done");
  EXPECT_TRUE(b_->Alive().empty());
}

TEST_F(LostNodesTest, ACallOutlivesItsSessionsConnection) {
  Heard heard;
  const auto call = Start("test:wait", heard);
  proxy_.CutOne(kSession);
  Await([&] { return proxy_.connections() > 2 && Peer().state().connected; });
  EXPECT_FALSE(b_->Alive().at(0)->cancelled());
  puppet_.LetGo();
  EXPECT_EQ(heard.End().outcome, Outcome::kDone);
}

TEST_F(LostNodesTest, ACutOfEverythingEndsTheCallAsSoonAsItIsMended) {
  Heard heard;
  const auto call = Start("test:wait", heard);
  proxy_.Cut();
  EXPECT_NE(heard.End().outcome, Outcome::kDone);
  EXPECT_EQ(heard.ends(), 1);
  Await([&] { return b_->Alive().empty(); });
}

TEST_F(LostNodesTest, AStuckStreamIsCancelledOverTheSession) {
  Heard heard;
  tasks::StartRequest request = RequestFor("test:slow");
  request.stream = std::make_shared<Chunks>(32, 256 << 10);  // 8 MB
  const auto call = Peer().Start(std::move(request), heard.Events());
  puppet_.WaitUntilBegun();
  const auto child = b_->Alive().at(0);
  proxy_.Hold(Way::kThere, kWork);
  proxy_.Hold(Way::kBack, kWork);
  call->Cancel(kEnough);
  Await([&] { return child->cancelled(); });
  EXPECT_EQ(child->stop()->reason, "enough");
  Await([&] { return b_->Alive().empty(); });
  EXPECT_FALSE(heard.ended()) << "its end is stuck, too";
  proxy_.Release(Way::kBack, kWork);
  EXPECT_EQ(heard.End().outcome, Outcome::kCancelled);
}

TEST_F(LostNodesTest, WhatIsNotTakenDoesNotStopOthers) {
  constexpr int kSlow = 8;
  std::vector<std::unique_ptr<Heard>> heard;
  std::vector<std::shared_ptr<tasks::Call>> calls;
  std::vector<std::shared_ptr<Chunks>> sources;
  for (int i = 0; i < kSlow; ++i) {
    heard.push_back(std::make_unique<Heard>());
    sources.push_back(std::make_shared<Chunks>(32, 256 << 10));
    tasks::StartRequest request = RequestFor("test:slow");
    request.stream = sources.back();
    calls.push_back(Peer().Start(std::move(request), heard.back()->Events()));
  }
  puppet_.WaitUntilBegun(kSlow);
  b_->Handle("test:take", [](TaskContext& task, Inbound& inbound) {
    std::size_t bytes = 0;
    for (;;) {
      auto chunk = inbound.Next(task);
      if (!chunk.ok()) return End(chunk.status());
      if (!*chunk) return End(Status(), std::to_string(bytes));
      bytes += (*chunk)->size();
    }
  });
  Heard quick;
  tasks::StartRequest request = RequestFor("test:take");
  request.stream = std::make_shared<Chunks>(8, 256 << 10);
  const auto call = Peer().Start(std::move(request), quick.Events());
  EXPECT_EQ(quick.End().result, "2097152");
  std::size_t made = 0;
  for (const auto& source : sources) made += source->made_bytes();
  // What each took, and what is on its way: a window of all, a chunk in hand of each.
  EXPECT_LE(made, kSlow * 2 * (256U << 10) + (1U << 20));
  for (const auto& one : calls) one->Cancel(kEnough);
  for (const auto& one : heard) EXPECT_EQ(one->End().outcome, Outcome::kCancelled);
}

TEST_F(LostNodesTest, ANewProcessConfirmsTheEndOfTheOldOnesLeavesAtOnce) {
  Options longer = Short();
  longer.lease_millis = 60'000;
  LiveNode a("node-a", longer), old("node-b", longer, 1), next("node-b", longer, 2);
  TcpProxy proxy(old.transport().port());
  Furnish(old);
  Heard leaf, parent;
  RemotePeer& peer = a.PeerAt("node-b", proxy.address());
  const auto one = peer.Start(RequestFor("test:wait"), leaf.Events());
  const auto two = peer.Start(RequestFor("test:parent"), parent.Events());
  leaf.Started();
  parent.Started();
  proxy.Retarget(next.transport().port());
  proxy.Cut();
  const End end = leaf.End();
  EXPECT_EQ(end.error.code(), Code::kOutcomeUnknown);
  EXPECT_FALSE(end.never_began);
  EXPECT_EQ(end.error.type(), "node_disconnected_exception") << "the bulk goes by it";
  EXPECT_THAT(end.error.reason(), HasSubstr("has ended with its node's process"));
  EXPECT_FALSE(parent.ended()) << "it may have children elsewhere";
  a.Stop();
  EXPECT_EQ(parent.End().outcome, Outcome::kUnconfirmed);
}

TEST_F(LostNodesTest, ANewProcessConfirmsTheEndOfLeavesThatWereNotHeardOf) {
  Options longer = Short();
  longer.lease_millis = 60'000;
  LiveNode a("node-a", longer), old("node-b", longer, 1), next("node-b", longer, 2);
  TcpProxy proxy(old.transport().port());
  Furnish(a);
  Furnish(old);
  RemotePeer& peer = a.PeerAt("node-b", proxy.address());
  Heard first, leaf;
  const auto opening = peer.Start(RequestFor("test:wait"), first.Events());
  first.Started();
  proxy.Hold(Way::kBack, kWork);
  const auto one = peer.Start(RequestFor("test:wait"), leaf.Events());
  Await([&] { return old.Alive().size() == 2; });
  proxy.Retarget(next.transport().port());
  proxy.Cut();
  EXPECT_THAT(leaf.End().error.reason(), HasSubstr("a child on node-b has ended with its node's"));
  EXPECT_TRUE(leaf.notes().empty());
}

TEST_F(LostNodesTest, ANodeThatHasMovedIsFoundAtItsNewAddress) {
  Heard before, after;
  const auto call = Start("test:wait", before);
  TcpProxy other(b_->transport().port());
  RemotePeer& peer = a_.PeerAt("node-b", other.address());
  EXPECT_EQ(&peer, a_.transport().Find("node-b"));
  Await([&] { return other.connections() > 0 && peer.state().connected; });
  const auto moved = peer.Start(RequestFor("test:wait"), after.Events());
  after.Started();
  puppet_.LetGo();
  EXPECT_EQ(after.End().outcome, Outcome::kDone);
  EXPECT_EQ(before.End().outcome, Outcome::kDone) << "it has kept its connection";
}

class LimitsTest : public testing::Test {
 protected:
  static Options Few() {
    Options options = LiveNode::Loopback();
    options.max_streams = 2;
    options.max_queued = 2;
    return options;
  }
  LiveNode a_{"node-a", Few()}, b_{"node-b", Few()};
};

TEST_F(LimitsTest, CallsAboveTheNumberOfStreamsWaitTheirTurn) {
  b_.HandleInline("test:inline");
  RemotePeer& peer = a_.PeerAt("node-b", b_.address());
  Heard heard[5];
  std::vector<std::shared_ptr<tasks::Call>> calls;
  for (Heard& one : heard) {
    calls.push_back(peer.Start(RequestFor("test:inline"), one.Events()));
    if (calls.size() <= 2) one.Started();
  }
  EXPECT_EQ(peer.state().open_calls, 2U);
  EXPECT_EQ(peer.state().queued_calls, 2U);
  EXPECT_EQ(heard[4].End().error.http_status(), 429);
  EXPECT_TRUE(heard[4].End().never_began);

  calls[2]->Cancel(kEnough);
  EXPECT_EQ(heard[2].End().outcome, Outcome::kCancelled) << "without having begun";
  EXPECT_TRUE(heard[2].notes().empty());

  calls[0]->Cancel(kEnough);
  EXPECT_EQ(heard[0].End().outcome, Outcome::kCancelled);
  heard[3].Started();
  for (const int i : {1, 3}) calls[i]->Cancel(kEnough);
  for (const int i : {1, 3}) EXPECT_EQ(heard[i].End().outcome, Outcome::kCancelled);
}

}  // namespace
}  // namespace transport
