// Calls between two nodes in one process, over gRPC on loopback.

#include "transport/remote_peer.h"

#include <gmock/gmock.h>

#include "tasks/child_scope.h"
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

class RemotePeerTest : public testing::Test {
 protected:
  explicit RemotePeerTest(const Options& options = LiveNode::Loopback())
      : a_("node-a", options), b_("node-b", options) {
    Furnish(b_);
  }

  void Furnish(LiveNode& node) {
    node.Handle("test:echo", [](TaskContext&, Inbound& inbound) {
      inbound.Progress("half");
      inbound.Progress("whole");
      return End(Status(), inbound.request().payload);
    });
    node.Handle("test:wait", [this](TaskContext& task, Inbound&) {
      return End(puppet_.Act(task), "what was done");
    });
    node.Handle(
        "test:parent", [this](TaskContext& task, Inbound&) { return End(puppet_.Act(task)); },
        tasks::Reach::kAnyNode);
    node.Handle("test:take", [this](TaskContext& task, Inbound& inbound) {
      if (Status stopped = puppet_.Act(task); !stopped.ok()) return End(std::move(stopped));
      std::size_t bytes = 0, chunks = 0;
      for (;;) {
        auto chunk = inbound.Next(task);
        if (!chunk.ok()) return End(chunk.status());
        if (!*chunk) return End(Status(), std::to_string(chunks) + "x" + std::to_string(bytes));
        ++chunks;
        bytes += (*chunk)->size();
        if ((*chunk)->front() != (*chunk)->back()) return End(base::Internal("torn"));
      }
    });
  }

  RemotePeer& Peer() { return a_.PeerAt("node-b", b_.address()); }
  RemotePeer& PeerBy(const TcpProxy& proxy) { return a_.PeerAt("node-b", proxy.address()); }

  static tasks::StartRequest Streaming(std::shared_ptr<tasks::PayloadSource> source) {
    tasks::StartRequest request = RequestFor("test:take");
    request.stream = std::move(source);
    return request;
  }

  test::Puppet puppet_;
  LiveNode a_, b_;
};

const tasks::Stop kEnough{.cause = tasks::StopCause::kUser, .reason = "enough", .by = "ann"};

TEST_F(RemotePeerTest, TellsStartedThenProgressThenOneEnd) {
  Heard heard;
  const auto call = Peer().Start(RequestFor("test:echo", "hello"), heard.Events());
  const End end = heard.End();
  EXPECT_EQ(end.outcome, Outcome::kDone);
  EXPECT_EQ(end.result, "hello");
  EXPECT_THAT(heard.notes(), testing::ElementsAre(HasSubstr("started node-b:"), "progress half",
                                                  "progress whole"));
  EXPECT_EQ(heard.ends(), 1);
}

TEST_F(RemotePeerTest, TheChildKnowsForWhomItRuns) {
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  request.parent = {"node-a", 77};
  request.task_class = tasks::TaskClass::kBackground;
  request.origin = std::make_shared<tasks::Origin>(
      tasks::Origin{.headers = {{"X-Opaque-Id", "me"}}, .user = "ann"});
  request.token = {.task = {"node-a", 3}, .chunk = 2};
  request.deadline_left_millis = 60'000;
  const auto call = Peer().Start(std::move(request), heard.Events());
  puppet_.WaitUntilBegun();
  const auto alive = b_.Alive();
  ASSERT_EQ(alive.size(), 1U);
  const tasks::TaskSpec& spec = alive[0]->spec();
  EXPECT_EQ(spec.action, "test:wait");
  EXPECT_EQ(spec.type, tasks::TaskType::kTransport);
  EXPECT_EQ(spec.parent, (tasks::TaskId{"node-a", 77}));
  EXPECT_EQ(spec.task_class, tasks::TaskClass::kBackground);
  EXPECT_EQ(spec.origin->user, "ann");
  EXPECT_EQ(spec.origin->Header("X-Opaque-Id"), "me");
  EXPECT_EQ(spec.token.chunk, 2U);
  EXPECT_TRUE(spec.deadline_nanos.has_value());
  ASSERT_NE(spec.lease, nullptr);
  EXPECT_LT(spec.lease->valid_until_boot_nanos, INT64_MAX);
  heard.Started();
  EXPECT_THAT(heard.notes(), testing::ElementsAre("started " + alive[0]->id().ToString()));
  puppet_.LetGo();
  EXPECT_EQ(heard.End().outcome, Outcome::kDone);
}

TEST_F(RemotePeerTest, AnActionThatIsNotThereIsAFailure) {
  Heard heard;
  const auto call = Peer().Start(RequestFor("test:none"), heard.Events());
  EXPECT_THAT(heard.End().error.reason(), HasSubstr("No handler for action [test:none]"));
  EXPECT_TRUE(heard.End().never_began) << "the other node says so";
  EXPECT_TRUE(heard.notes().empty());
}

TEST_F(RemotePeerTest, ACancelReachesTheChildWithItsReason) {
  Heard heard;
  const auto call = Peer().Start(RequestFor("test:wait"), heard.Events());
  puppet_.WaitUntilBegun();
  const auto child = b_.Alive().at(0);
  call->Cancel(kEnough);
  const End end = heard.End();
  EXPECT_EQ(end.outcome, Outcome::kCancelled);
  EXPECT_EQ(end.result, "what was done") << "a result accompanies any outcome";
  EXPECT_EQ(child->stop()->reason, "enough");
  EXPECT_EQ(child->stop()->by, "ann");
  EXPECT_EQ(child->stop()->cause, tasks::StopCause::kUser);
  call->Cancel(kEnough);  // harmless
  EXPECT_EQ(heard.ends(), 1);
}

TEST_F(RemotePeerTest, ACancelRightBehindItsStartIsNotLost) {
  for (int i = 0; i < 50; ++i) {
    Heard heard;
    const auto call = Peer().Start(RequestFor("test:wait"), heard.Events());
    call->Cancel(kEnough);
    EXPECT_EQ(heard.End().outcome, Outcome::kCancelled);
  }
  Await([&] { return b_.Alive().empty(); });
}

TEST_F(RemotePeerTest, AThousandChildrenAreCancelledTogether) {
  constexpr int kChildren = 1000;
  std::vector<std::unique_ptr<Heard>> heard;
  std::vector<std::shared_ptr<tasks::Call>> calls;
  TcpProxy proxy(b_.transport().port());
  b_.HandleInline("test:inline");
  RemotePeer& peer = PeerBy(proxy);
  for (int i = 0; i < kChildren; ++i) {
    heard.push_back(std::make_unique<Heard>());
    calls.push_back(peer.Start(RequestFor("test:inline"), heard.back()->Events()));
  }
  for (const auto& one : heard) one->Started();
  const std::uint64_t before = proxy.bytes(TcpProxy::Way::kThere, 0);
  for (const auto& call : calls) call->Cancel(kEnough);
  for (const auto& one : heard) EXPECT_EQ(one->End().outcome, Outcome::kCancelled);
  const std::uint64_t session_bytes = proxy.bytes(TcpProxy::Way::kThere, 0) - before;
  EXPECT_GT(session_bytes, 0U);
  EXPECT_LT(session_bytes, 20'000U) << "not a message for each";
  EXPECT_TRUE(b_.Alive().empty());
}

TEST_F(RemotePeerTest, EightMegabytesFlowAndNothingIsReadAhead) {
  Heard heard;
  const auto source = std::make_shared<Chunks>(64, 128 << 10);
  const auto call = Peer().Start(Streaming(source), heard.Events());
  puppet_.WaitUntilBegun();
  EXPECT_EQ(source->made_bytes(), 0U) << "nobody has asked yet";
  puppet_.LetGo();
  const End end = heard.End();
  EXPECT_TRUE(end.error.ok()) << end.error.reason();
  EXPECT_EQ(end.result, "64x8388608");
}

TEST_F(RemotePeerTest, AChunkLargerThanTheWindowArrivesWhole) {
  Heard heard;
  puppet_.LetGo();
  const auto call = Peer().Start(Streaming(std::make_shared<Chunks>(3, 10 << 20)), heard.Events());
  EXPECT_EQ(heard.End().result, "3x31457280");
}

// What a child has told is heard, also while payload that it did not want is on its way.
TEST_F(RemotePeerTest, AChildThatEndsBeforeItsPayloadIsHeardToItsEnd) {
  b_.Handle("test:enough", [](TaskContext& task, Inbound& inbound) {
    const auto first = inbound.Next(task);
    for (int i = 0; i < 3; ++i) inbound.Progress(std::to_string(i));
    return End(first.status(), "what was done");
  });
  for (int i = 0; i < 200; ++i) {
    Heard heard;
    tasks::StartRequest request = RequestFor("test:enough");
    request.stream = std::make_shared<Chunks>(64, 4 << 10);
    const auto call = Peer().Start(std::move(request), heard.Events());
    EXPECT_EQ(heard.End().result, "what was done");
    ASSERT_EQ(heard.notes().size(), 4U) << "started, and three times more";
  }
}

TEST_F(RemotePeerTest, TheSourcesFailureIsTheReceivers) {
  Heard heard;
  puppet_.LetGo();
  const auto call = Peer().Start(
      Streaming(std::make_shared<Chunks>(2, 1000, base::Internal("disk gone"))), heard.Events());
  EXPECT_EQ(heard.End().error.reason(), "disk gone");
}

TEST_F(RemotePeerTest, CopiesHaveAConnectionOfTheirOwn) {
  TcpProxy proxy(b_.transport().port());
  Heard one, two;
  puppet_.LetGo();
  const auto call = PeerBy(proxy).Start(RequestFor("test:echo"), one.Events());
  one.End();
  EXPECT_EQ(proxy.connections(), 2);
  const auto copy =
      PeerBy(proxy).Copies().Start(Streaming(std::make_shared<Chunks>(8, 100'000)), two.Events());
  EXPECT_EQ(two.End().result, "8x800000");
  EXPECT_EQ(proxy.connections(), 3);
  EXPECT_GT(proxy.bytes(TcpProxy::Way::kThere, 2), 800'000U);
}

TEST_F(RemotePeerTest, AnUnreachableNodeIsToldAtOnce) {
  Heard first, second;
  RemotePeer& peer = a_.PeerAt("node-c", "127.0.0.1:1");
  const auto one = peer.Start(RequestFor("test:echo"), first.Events());
  EXPECT_EQ(first.End().error.type(), "node_not_connected_exception");
  EXPECT_TRUE(first.End().never_began);
  const auto two = peer.Start(RequestFor("test:echo"), second.Events());
  EXPECT_EQ(second.End().outcome, Outcome::kFailed);
  EXPECT_FALSE(peer.state().connected);
}

TEST_F(RemotePeerTest, WhatIsTooLargeIsRefusedByName) {
  Heard heard;
  const auto call =
      Peer().Start(RequestFor("test:echo", std::string((32 << 20) + 1, 'x')), heard.Events());
  EXPECT_THAT(heard.End().error.reason(), HasSubstr("the limit between nodes is 33554432"));
  b_.Handle("test:huge",
            [](TaskContext&, Inbound&) { return End(Status(), std::string((32 << 20) + 1, 'x')); });
  Heard huge;
  const auto other = Peer().Start(RequestFor("test:huge"), huge.Events());
  EXPECT_THAT(huge.End().error.reason(), HasSubstr("the result has 33554433 bytes"));
}

TEST_F(RemotePeerTest, AParentWhoseOwnLeaseIsOverStartsNothing) {
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  const auto lease = std::make_shared<tasks::Lease>();
  lease->valid_until_boot_nanos = 1;
  request.lease = lease;
  const auto call = Peer().Start(std::move(request), heard.Events());
  EXPECT_THAT(heard.End().error.reason(), HasSubstr("lease of the own caller is over"));
}

TEST_F(RemotePeerTest, AChildIsBoundedByTheLeaseOfItsParent) {
  Heard heard;
  tasks::StartRequest request = RequestFor("test:wait");
  const auto lease = std::make_shared<tasks::Lease>();
  lease->valid_until_boot_nanos = base::Clock::System().BootNanos() + 600 * kMillis;
  request.lease = lease;
  const auto call = Peer().Start(std::move(request), heard.Events());
  puppet_.WaitUntilBegun();
  const auto child = b_.Alive().at(0);
  EXPECT_LE(child->spec().lease->valid_until_boot_nanos, lease->valid_until_boot_nanos);
  EXPECT_EQ(heard.End().outcome, Outcome::kCancelled) << "nobody extends it";
  EXPECT_EQ(child->stop()->reason, "its caller is gone");
}

// As a bulk would: a scope with children on two nodes, its task cancelled from outside.
TEST_F(RemotePeerTest, AScopeStopsItsRemoteChildrenAndWaitsForThem) {
  auto task = *a_.registry().Register({.action = "test:scope"});
  {
    tasks::ChildScope scope(*task);
    for (int i = 0; i < 3; ++i)
      scope.Start(Peer(), RequestFor("test:wait"), {.on_end = [](const End&) {}});
    puppet_.WaitUntilBegun(3);
    task->RequestStop(kEnough);
    EXPECT_EQ(scope.Join().code(), Code::kCancelled);
    EXPECT_TRUE(b_.Alive().empty());
  }
  std::move(task).Finish(End());
}

TEST_F(RemotePeerTest, AStopOfTheTransportLeavesNobodyWaiting) {
  Heard heard;
  const auto call = Peer().Start(RequestFor("test:wait"), heard.Events());
  puppet_.WaitUntilBegun();
  a_.transport().Stop();
  EXPECT_NE(heard.End().outcome, Outcome::kDone);  // cancelled, if it could still tell
  Await([&] { return b_.Alive().empty(); });
  Heard late;
  const auto refused = Peer().Start(RequestFor("test:echo"), late.Events());
  EXPECT_EQ(late.End().error.type(), "node_closed_exception");
}

}  // namespace
}  // namespace transport
