#include "tasks/record/checkpoint_monitor.h"

#include <gtest/gtest.h>

#include "tasks/record/cancel_metrics.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

class Gaps : public testing::Test {
 protected:
  // The monitor's own thread probes as well; with a clock that stands still that changes nothing.
  void Probe() { registry_.monitor().Probe(); }
  std::map<std::string, Histogram> Counted() const { return metrics_.snapshot().checkpoint_gaps; }

  base::ManualClock clock_;
  CancelMetrics metrics_;
  TaskRegistry registry_{{.node_id = "node-a", .clock = &clock_, .metrics = &metrics_}};
  RunningTask running_ = *registry_.Register({.action = "a"});
  const TaskPtr task_ = running_.context();
};

TEST_F(Gaps, AreCountedUnderThePhaseInWhichTheyBegan) {
  const OnThread on(registry_.monitor(), task_);
  {
    const Phase phase(*task_, "merge");
    Probe();
    clock_.AdvanceMillis(25);
  }
  EXPECT_EQ(task_->Info(false).checkpoint_age_nanos, 25'000'000);
  EXPECT_TRUE(task_->Checkpoint().ok());
  const auto counted = Counted();
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted.at("merge").max_nanos(), 25'000'000);
  EXPECT_EQ(task_->Info(false).longest_gap_nanos, 25'000'000);
  EXPECT_EQ(task_->Info(false).checkpoint_age_nanos, -1);
}

TEST_F(Gaps, OfLessThanTenMillisecondsAreNotCounted) {
  const OnThread on(registry_.monitor(), task_);
  Probe();
  clock_.AdvanceMillis(10);
  EXPECT_TRUE(task_->Checkpoint().ok());
  EXPECT_TRUE(Counted().empty());
  EXPECT_EQ(task_->Info(false).longest_gap_nanos, 10'000'000);
}

TEST_F(Gaps, LastUntilTheTaskLeavesItsThread) {
  {
    const OnThread on(registry_.monitor(), task_);
    Probe();
    clock_.AdvanceMillis(30);
  }
  EXPECT_EQ(Counted().at("").max_nanos(), 30'000'000);
}

TEST_F(Gaps, LastUntilTheTaskEnds) {
  const OnThread on(registry_.monitor(), task_);
  Probe();
  clock_.AdvanceMillis(30);
  task_->AtEnd([this](const End&) { clock_.AdvanceMillis(500); });
  std::move(running_).Finish(End());
  EXPECT_EQ(Counted().at("").max_nanos(), 30'000'000) << "not until those who waited are done";
}

TEST_F(Gaps, AreNotMadeByAWaitThatAStopWouldEnd) {
  const OnThread on(registry_.monitor(), task_);
  Probe();
  {
    const Waiting waiting(*task_, "write queue");
    clock_.AdvanceMillis(500);
    Probe();
    clock_.AdvanceMillis(500);
  }
  EXPECT_TRUE(task_->Checkpoint().ok());
  EXPECT_TRUE(Counted().empty());
}

TEST_F(Gaps, AreNotMadeByATaskThatHasEnded) {
  const OnThread on(registry_.monitor(), task_);
  std::move(running_).Finish(End());
  Probe();
  clock_.AdvanceMillis(25);
  EXPECT_EQ(task_->Info(false).checkpoint_age_nanos, -1);
}

TEST_F(Gaps, AreMadeByWorkThatHasBeenStoppedToo) {
  const OnThread on(registry_.monitor(), task_);
  Probe();
  task_->RequestStop({.cause = StopCause::kUser, .reason = "by user request"});
  clock_.AdvanceMillis(25);
  EXPECT_FALSE(task_->Checkpoint().ok());
  EXPECT_EQ(Counted().at("").max_nanos(), 25'000'000);
}

TEST_F(Gaps, AreLookedForOnlyOnThreads) {
  Probe();
  clock_.AdvanceMillis(25);
  EXPECT_TRUE(task_->Checkpoint().ok());
  EXPECT_EQ(task_->Info(false).longest_gap_nanos, 0);
}

TEST_F(Gaps, AreFoundByTheMonitorItself) {
  TaskRegistry registry({.node_id = "n", .clock = &base::Clock::System(), .metrics = &metrics_});
  RunningTask task = *registry.Register({.action = "a"});
  const OnThread on(registry.monitor(), task.context());
  while (metrics_.snapshot().checkpoint_gaps.empty()) {
    const std::int64_t begin = base::Clock::System().MonotonicNanos();
    while (base::Clock::System().MonotonicNanos() - begin < 2 * CheckpointMonitor::kGapNanos) {
    }
    EXPECT_TRUE(task->Checkpoint().ok());
  }
}

TEST_F(Gaps, CountATaskOnceThoughItIsOnItsThreadTwice) {
  const OnThread outer(registry_.monitor(), task_);
  {
    const OnThread inner(registry_.monitor(), task_);
  }
  EXPECT_EQ(task_->Info(true).resources->active_threads, 1);
  EXPECT_EQ(task_->Info(true).resources->executions, 1);
  Probe();
  clock_.AdvanceMillis(25);
  EXPECT_TRUE(task_->Checkpoint().ok());
  EXPECT_EQ(Counted().at("").count(), 1);
}

}  // namespace
}  // namespace tasks
