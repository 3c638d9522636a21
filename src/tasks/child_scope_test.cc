#include "tasks/child_scope.h"

#include <gtest/gtest.h>

#include <future>

#include "support/loopback_peer.h"
#include "support/puppet.h"
#include "tasks/run/thread_pool.h"

namespace tasks {
namespace {

using base::Code;
using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request", .by = "kim"};

// Asks its caller's task to stop in the middle of Start().
class StopsItsCaller final : public Peer {
 public:
  StopsItsCaller(Peer& peer, TaskContext& caller) : peer_(peer), caller_(caller) {}
  const std::string& node_id() const override { return peer_.node_id(); }
  std::shared_ptr<Call> Start(StartRequest request, CallEvents events) override {
    caller_.RequestStop(kByUser);
    return peer_.Start(std::move(request), std::move(events));
  }

 private:
  Peer& peer_;
  TaskContext& caller_;
};

class Children : public testing::Test {
 protected:
  Children() {
    there_.Handle("wait", [this](TaskContext& task, const std::string&) {
      End end(puppet_.Act(task));
      child_stop_ = task.stop();
      return end;
    });
    there_.Handle("fail", [](TaskContext&, const std::string&) {
      return End(Status(Code::kFailed, "disk full"));
    });
    there_.Handle("echo",
                  [](TaskContext&, const std::string& payload) { return End(Status(), payload); });
  }
  static CallEvents Ignore() {
    return {.on_started = nullptr, .on_progress = nullptr, .on_end = nullptr};
  }
  static CallEvents AtEnd(std::function<void(const End&)> on_end) {
    return {.on_started = nullptr, .on_progress = nullptr, .on_end = std::move(on_end)};
  }
  static CallEvents Started(std::promise<void>& started) {
    return {.on_started = [&](const TaskId&) { started.set_value(); },
            .on_progress = nullptr,
            .on_end = nullptr};
  }
  static Status Joined(ChildScope& children) {
    std::promise<Status> verdict;
    children.WhenJoined([&](Status joined) { verdict.set_value(std::move(joined)); });
    return verdict.get_future().get();
  }

  test::Puppet puppet_;
  std::optional<Stop> child_stop_;
  test::LoopbackNode here_{"node-a"}, there_{"node-b"}, elsewhere_{"node-c"};
  test::LoopbackPeer peer_{there_}, other_peer_{elsewhere_};
  RunningTask running_ = *here_.registry.Register({.action = "parent"});
  TaskContext& parent_ = *running_;
};

TEST_F(Children, OfOtherNodesAreKnownUntilEachHasEnded) {
  ChildScope children(parent_);
  std::promise<void> started;
  EXPECT_TRUE(children.Start(peer_, {.action = "wait"}, Started(started)));
  started.get_future().wait();
  ASSERT_EQ(parent_.remote_children().open().size(), 1u);
  EXPECT_EQ(parent_.remote_children().open().front(), there_.Alive().front()->id());
  std::promise<void> none;
  parent_.remote_children().WhenNone([&] { none.set_value(); });
  parent_.RequestStop(kByUser);
  none.get_future().wait();
  EXPECT_TRUE(parent_.remote_children().open().empty());
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
}

TEST_F(Children, ThatAreRefusedLeaveNoTrace) {
  parent_.RequestStop(kByUser);
  ChildScope children(parent_);
  EXPECT_FALSE(children.Start(peer_, {.action = "wait"}, Ignore()));
  EXPECT_TRUE(parent_.remote_children().open().empty());
}

TEST_F(Children, HearTheirParentsStopWithTheRootsReason) {
  ChildScope children(parent_);
  EXPECT_TRUE(children.Start(peer_, {.action = "wait"}, Ignore()));
  puppet_.WaitUntilBegun();
  EXPECT_EQ(there_.Alive().front()->spec().parent, parent_.id());
  parent_.RequestStop(kByUser);
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
  EXPECT_EQ(child_stop_->cause, StopCause::kParent);
  EXPECT_EQ(child_stop_->reason, "by user request");
  EXPECT_EQ(child_stop_->by, "kim");
  EXPECT_TRUE(there_.Alive().empty());
}

TEST_F(Children, AreStoppedByACancelRightBehindADelayedStart) {
  ChildScope children(parent_);
  peer_.Freeze();
  children.Start(peer_, {.action = "wait"}, Ignore());
  parent_.RequestStop(kByUser);
  EXPECT_TRUE(there_.Alive().empty()) << "still on the wire";
  peer_.Thaw();
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
}

TEST_F(Children, AreFoundByAStopThatComesWhileTheyAreSent) {
  StopsItsCaller peer(peer_, parent_);
  ChildScope children(parent_);
  children.Start(peer, {.action = "wait"}, Ignore());
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
}

TEST_F(Children, AreNotStartedOnceTheParentIsStopping) {
  ChildScope children(parent_);
  parent_.RequestStop(kByUser);
  EXPECT_FALSE(children.Start(peer_, {.action = "fail"},
                              AtEnd([](const End&) { FAIL() << "it was started"; })));
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
}

TEST_F(Children, AreNotStartedOnceTheirScopeIsStopping) {
  ChildScope children(parent_);
  children.StopChildren({.cause = StopCause::kPolicy, .reason = "terminate_after"});
  EXPECT_FALSE(children.Start(peer_, {.action = "fail"}, Ignore()));
  EXPECT_TRUE(children.Join().ok()) << "the task itself goes on";
}

TEST_F(Children, AreStoppedAndAwaitedWhenTheScopeIsLeftEarly) {
  {
    ChildScope children(parent_);
    children.Start(peer_, {.action = "wait"}, Ignore());
    puppet_.WaitUntilBegun();
  }
  EXPECT_EQ(child_stop_->cause, StopCause::kAbandoned);
  EXPECT_FALSE(parent_.cancelled());
  EXPECT_TRUE(there_.Alive().empty());
}

TEST_F(Children, AreToldOfTheirFailedSiblingWhenTheScopeIsLeftEarly) {
  {
    ChildScope children(parent_);
    children.Start(peer_, {.action = "wait"}, Ignore());
    puppet_.WaitUntilBegun();
    std::promise<void> both_failed;
    std::atomic<int> failed = 0;
    for (int i = 0; i < 2; ++i)
      children.Start(peer_, {.action = "fail"}, AtEnd([&](const End&) {
                       if (++failed == 2) both_failed.set_value();
                     }));
    both_failed.get_future().wait();
  }
  EXPECT_EQ(child_stop_->cause, StopCause::kSiblingFailed);
  EXPECT_EQ(child_stop_->reason, "disk full");
}

TEST_F(Children, MayBeStoppedFromACallbackWhileTheParentGoesOn) {
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  puppet_.WaitUntilBegun();
  children.Start(
      peer_, {.action = "fail"}, AtEnd([&](const End& end) {
        children.StopChildren({.cause = StopCause::kSiblingFailed, .reason = end.error.reason()});
      }));
  EXPECT_EQ(children.Join().reason(), "disk full");
  EXPECT_EQ(child_stop_->cause, StopCause::kSiblingFailed);
  EXPECT_TRUE(parent_.Checkpoint().ok());
}

TEST_F(Children, KeepTheFirstStopOfTheirScope) {
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  puppet_.WaitUntilBegun();
  children.StopChildren({.cause = StopCause::kPolicy, .reason = "terminate_after"});
  parent_.RequestStop(kByUser);
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
  EXPECT_EQ(child_stop_->reason, "terminate_after");
}

TEST_F(Children, OnLostNodesEndUnconfirmedAndEachIsNamed) {
  elsewhere_.Handle(
      "wait", [this](TaskContext& task, const std::string&) { return End(puppet_.Act(task)); });
  ChildScope children(parent_);
  std::promise<void> here_started, there_started;
  children.Start(peer_, {.action = "wait"}, Started(here_started));
  children.Start(other_peer_, {.action = "wait"}, Started(there_started));
  here_started.get_future().wait();
  there_started.get_future().wait();
  peer_.Freeze();
  other_peer_.Freeze();
  parent_.RequestStop(kByUser);
  peer_.Lose();
  other_peer_.Lose();
  const Status verdict = children.Join();
  EXPECT_EQ(verdict.code(), Code::kUnconfirmed) << "it outweighs the cancel";
  EXPECT_EQ(verdict.http_status(), 503) << "clients try again";
  EXPECT_NE(verdict.reason().find("node-b:1"), std::string::npos) << verdict.reason();
  EXPECT_NE(verdict.reason().find("node-c:1"), std::string::npos) << verdict.reason();
  puppet_.LetGo();
}

TEST_F(Children, ThatNeverAnsweredAreNamedByTheirNode) {
  ChildScope children(parent_);
  peer_.Freeze();
  children.Start(peer_, {.action = "wait"}, Ignore());
  peer_.Lose();
  const Status verdict = children.Join();
  EXPECT_EQ(verdict.code(), Code::kUnconfirmed);
  EXPECT_NE(verdict.reason().find("a child on node-b"), std::string::npos) << verdict.reason();
}

TEST_F(Children, OnANodeThatCannotBeReachedFail) {
  peer_.Lose();
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  EXPECT_EQ(children.Join().code(), Code::kFailed);
}

TEST_F(Children, AreJoinedOnlyWhenTheirCallbacksHaveReturned) {
  std::atomic<int> returned = 0;
  ChildScope children(parent_);
  for (int i = 0; i < 20; ++i)
    children.Start(peer_, {.action = "echo"}, AtEnd([&](const End&) { ++returned; }));
  EXPECT_TRUE(children.Join().ok());
  EXPECT_EQ(returned, 20);
}

TEST_F(Children, TellTheirResultsInOrderOfStartedProgressEnd) {
  there_.actions.Add("progress", nullptr, [](RunningTask task, std::shared_ptr<Inbound> inbound) {
    inbound->Progress("half");
    inbound->Progress("three quarters");
    std::move(task).Finish(End(Status(), "all of " + inbound->request().payload));
  });
  std::vector<std::string> heard;
  ChildScope children(parent_);
  children.Start(peer_, {.action = "progress", .payload = "it"},
                 {.on_started = [&](const TaskId& id) { heard.push_back(id.ToString()); },
                  .on_progress = [&](const std::string& bytes) { heard.push_back(bytes); },
                  .on_end = [&](const End& end) { heard.push_back(*end.result); }});
  EXPECT_TRUE(children.Join().ok());
  EXPECT_EQ(heard, (std::vector<std::string>{"node-b:1", "half", "three quarters", "all of it"}));
}

TEST_F(Children, InheritForWhomAndUntilWhenTheyRun) {
  const auto origin = std::make_shared<Origin>();
  RunningTask task = *here_.registry.Register(
      {.action = "parent",
       .task_class = TaskClass::kBackground,
       .origin = origin,
       .deadline_nanos = here_.clock.MonotonicNanos() + 3'600'000'000'000});
  {
    ChildScope children(*task);
    children.Start(peer_, {.action = "wait"}, Ignore());
    puppet_.WaitUntilBegun();
    const TaskSpec& child = there_.Alive().front()->spec();
    EXPECT_EQ(child.task_class, TaskClass::kBackground);
    EXPECT_EQ(child.origin, origin);
    EXPECT_GE(*child.deadline_nanos, *task->spec().deadline_nanos)
        << "its own deadline is the second to be heard";
    EXPECT_NE(child.lease, nullptr);
  }
}

TEST_F(Children, StopTheirOwnChildrenOnAThirdNode) {
  elsewhere_.Handle("wait", [this](TaskContext& task, const std::string&) {
    End end(puppet_.Act(task));
    child_stop_ = task.stop();
    return end;
  });
  there_.Handle("coordinate", [this](TaskContext& task, const std::string&) {
    ChildScope grandchildren(task);
    grandchildren.Start(other_peer_, {.action = "wait"}, Ignore());
    return End(grandchildren.Join());
  });
  ChildScope children(parent_);
  children.Start(peer_, {.action = "coordinate"}, Ignore());
  puppet_.WaitUntilBegun();
  parent_.RequestStop(kByUser);
  EXPECT_EQ(children.Join().code(), Code::kCancelled);
  EXPECT_EQ(child_stop_->reason, "by user request");
  EXPECT_TRUE(elsewhere_.Alive().empty());
}

TEST_F(Children, LostBelowAChildAreNamedToTheRoot) {
  elsewhere_.Handle(
      "wait", [this](TaskContext& task, const std::string&) { return End(puppet_.Act(task)); });
  std::promise<void> started;
  there_.Handle("coordinate", [&](TaskContext& task, const std::string&) {
    ChildScope grandchildren(task);
    grandchildren.Start(other_peer_, {.action = "wait"}, Started(started));
    return End(grandchildren.Join());
  });
  ChildScope children(parent_);
  children.Start(peer_, {.action = "coordinate"}, Ignore());
  started.get_future().wait();
  other_peer_.Lose();
  const Status verdict = children.Join();
  EXPECT_EQ(verdict.code(), Code::kUnconfirmed);
  EXPECT_NE(verdict.reason().find("node-c:1"), std::string::npos) << verdict.reason();
  puppet_.LetGo();
}

TEST_F(Children, AreJoinedWithoutAThread) {
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  children.Start(peer_, {.action = "fail"}, Ignore());
  puppet_.WaitUntilBegun();
  std::promise<Status> verdict;
  children.WhenJoined([&](Status joined) { verdict.set_value(std::move(joined)); });
  puppet_.LetGo();
  EXPECT_EQ(verdict.get_future().get().reason(), "disk full");
}

TEST_F(Children, ThatHaveEndedAreJoinedAtOnce) {
  ChildScope children(parent_);
  bool joined = false;
  children.WhenJoined([&](const Status& verdict) { joined = verdict.ok(); });
  EXPECT_TRUE(joined);
}

TEST_F(Children, MayTakeTheirScopeWithThemWhenTheyAreJoined) {
  auto children = std::make_unique<ChildScope>(parent_);
  std::promise<void> gone;
  for (int i = 0; i < 3; ++i) children->Start(peer_, {.action = "echo"}, Ignore());
  children->WhenJoined([&](const Status&) {
    children.reset();
    gone.set_value();
  });
  gone.get_future().wait();
}

TEST_F(Children, AreForgottenByAScopeThatIsLeftWhileItWaitsToBeJoined) {
  bool joined = false;
  {
    ChildScope children(parent_);
    children.Start(peer_, {.action = "wait"}, Ignore());
    puppet_.WaitUntilBegun();
    children.WhenJoined([&](const Status&) { joined = true; });
  }
  EXPECT_FALSE(joined);
  EXPECT_EQ(child_stop_->cause, StopCause::kAbandoned);
}

TEST_F(Children, MayBeStartedAgainAfterAJoin) {
  ChildScope children(parent_);
  for (int round = 0; round < 3; ++round) {
    std::string echoed;
    children.Start(peer_, {.action = "echo", .payload = std::to_string(round)},
                   AtEnd([&](const End& end) { echoed = *end.result; }));
    EXPECT_TRUE(children.Join().ok());
    EXPECT_EQ(echoed, std::to_string(round));
  }
}

TEST_F(Children, StoppedByTheirOwnerAreNoFailure) {
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  puppet_.WaitUntilBegun();
  children.StopChildren({.cause = StopCause::kAbandoned, .reason = "enough was found"});
  EXPECT_TRUE(children.Join().ok());
  EXPECT_EQ(child_stop_->reason, "enough was found");
}

TEST_F(Children, CancelledByAUserAloneAreAFailureOfTheirParent) {
  ChildScope children(parent_);
  children.Start(peer_, {.action = "wait"}, Ignore());
  puppet_.WaitUntilBegun();
  EXPECT_TRUE(there_.registry.Cancel({"node-b", 1}, {}, kByUser).ok());
  EXPECT_EQ(Joined(children).code(), Code::kCancelled);
  EXPECT_FALSE(parent_.cancelled());
}

#if !defined(NDEBUG) && !defined(__SANITIZE_THREAD__)
TEST(ChildrenDeathTest, AreNotOwnedByLeaves) {
  base::ManualClock clock;
  TaskContext task({"node-a", 1}, {.action = "leaf"}, clock);
  const LeafThread leaf(true);
  EXPECT_DEATH(ChildScope children(task), "leaves");
}
#endif

}  // namespace
}  // namespace tasks
