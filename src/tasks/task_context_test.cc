#include "tasks/task_context.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/inbox.h"
#include "support/puppet.h"
#include "tasks/record/checkpoint_monitor.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

using base::Code;
using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request", .by = "kim"};

class Task : public testing::Test {
 protected:
  RunningTask Register(TaskSpec spec) { return *registry_.Register(std::move(spec)); }

  base::ManualClock clock_;
  TaskRegistry registry_{{.node_id = "node-a", .clock = &clock_}};
  RunningTask running_ = Register({.action = "indices:data/write/bulk"});
  const TaskPtr task_ = running_.context();
};

TEST_F(Task, KeepsTheFirstStopAndItsReason) {
  EXPECT_TRUE(task_->Checkpoint().ok());
  EXPECT_TRUE(task_->RequestStop(kByUser));
  clock_.AdvanceMillis(5);
  EXPECT_TRUE(task_->RequestStop({.cause = StopCause::kDeadline, .reason = "too late"}));
  EXPECT_EQ(task_->Checkpoint().reason(), "cancelled task with reason: by user request");
  EXPECT_EQ(task_->Checkpoint().code(), Code::kCancelled);
  EXPECT_EQ(task_->stop()->cause, StopCause::kUser);
  EXPECT_EQ(task_->stop()->by, "kim");
  EXPECT_EQ(task_->stop()->at_wall_millis, clock_.WallMillis() - 5);
}

TEST_F(Task, MayNotSealOnceItHasBeenStopped) {
  task_->RequestStop(kByUser);
  EXPECT_EQ(task_->Seal().code(), Code::kCancelled);
}

TEST_F(Task, LatchesAStopThatComesWhileSealed) {
  ASSERT_TRUE(task_->Seal().ok());
  EXPECT_TRUE(task_->RequestStop(kByUser));
  EXPECT_TRUE(task_->cancelled()) << "shown at once";
  EXPECT_TRUE(task_->Info(false).cancelled);
  EXPECT_TRUE(task_->Checkpoint().ok()) << "the unit is not torn";
  EXPECT_FALSE(task_->stop_token().stop_requested());
  EXPECT_EQ(task_->Unseal().reason(), "cancelled task with reason: by user request");
  EXPECT_TRUE(task_->stop_token().stop_requested());
  EXPECT_EQ(task_->Seal().code(), Code::kCancelled) << "no further unit";
}

TEST_F(Task, MaySealAgainAndAgainWhileNobodyStopsIt) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(task_->Seal().ok());
    EXPECT_TRUE(task_->Unseal().ok());
  }
}

TEST_F(Task, BeginsNothingOnceTheLeaseOfItsCallerIsOver) {
  const auto lease = std::make_shared<Lease>();
  lease->valid_until_boot_nanos = clock_.BootNanos() + 1;
  const RunningTask child = Register({.action = "child", .lease = lease});
  ASSERT_TRUE(child->Seal().ok());
  ASSERT_TRUE(child->Unseal().ok());
  clock_.AdvanceNanos(1);
  EXPECT_EQ(child->Seal().code(), Code::kFailed);
  EXPECT_FALSE(child->cancelled());
  lease->valid_until_boot_nanos = clock_.BootNanos() + 1;
  EXPECT_TRUE(child->Seal().ok()) << "the session has moved it on";
}

TEST_F(Task, ThatFoundNothingLeftToStopCompletedDespiteTheCancel) {
  ASSERT_TRUE(task_->Seal().ok());
  task_->RequestStop(kByUser);
  EXPECT_FALSE(task_->completed_despite_cancel());
  std::move(running_).Finish(End(Status()));
  EXPECT_TRUE(task_->cancelled());
  EXPECT_TRUE(task_->completed_despite_cancel());
  EXPECT_TRUE(task_->Info(false).completed_despite_cancel);
}

TEST_F(Task, ThatEndedCancelledDidNotCompleteDespiteTheCancel) {
  task_->RequestStop(kByUser);
  std::move(running_).Finish(End(task_->Checkpoint()));
  EXPECT_FALSE(task_->completed_despite_cancel());
}

TEST_F(Task, RefusesAStopOnceItHasEnded) {
  std::move(running_).Finish(End(Status()));
  EXPECT_FALSE(task_->RequestStop(kByUser));
  EXPECT_FALSE(task_->cancelled());
}

TEST_F(Task, TellsThoseWhoWaitHowItEnded) {
  std::string told;
  task_->AtEnd([&](const End& end) { told = end.error.reason(); });
  std::move(running_).Finish(End(base::Internal("disk full")));
  EXPECT_EQ(told, "disk full");
}

TEST_F(Task, TellsAtOnceWhoAsksAfterTheEnd) {
  std::move(running_).Finish(End(Status(), "result"));
  std::optional<std::string> result;
  EXPECT_EQ(task_->AtEnd([&](const End& end) { result = end.result; }), 0u);
  EXPECT_EQ(result, "result");
}

TEST_F(Task, ForgetsAWaiterThatNoLongerWaits) {
  bool told = false, other_told = false;
  const auto id = task_->AtEnd([&](const End&) { told = true; });
  task_->AtEnd([&](const End&) { other_told = true; });
  task_->ForgetWaiter(id);
  task_->ForgetWaiter(id);
  std::move(running_).Finish(End(Status()));
  EXPECT_FALSE(told);
  EXPECT_TRUE(other_told);
}

TEST_F(Task, WakesAWaitWhenItHasToStop) {
  test::Puppet puppet;
  std::jthread worker([&] { EXPECT_EQ(puppet.Act(*task_).code(), Code::kCancelled); });
  puppet.WaitUntilBegun();
  EXPECT_STREQ(task_->Info(false).waits_on, "its puppeteer");
  task_->RequestStop(kByUser);
  worker.join();
  EXPECT_EQ(task_->Info(false).waits_on, nullptr);
}

TEST_F(Task, WaitsForWhatItWaitsForWhenNobodyStopsIt) {
  test::Puppet puppet;
  std::jthread worker([&] { EXPECT_TRUE(puppet.Act(*task_).ok()); });
  puppet.WaitUntilBegun();
  puppet.LetGo();
}

TEST_F(Task, SetsTheFlagOfAStopHook) {
  std::atomic<bool> flag = false;
  const StopHook hook(*task_, flag);
  EXPECT_FALSE(flag);
  task_->RequestStop(kByUser);
  EXPECT_TRUE(flag);
}

TEST_F(Task, PostsTheWorkOfAStopHookAndDoesNotRunIt) {
  test::Inbox inbox;
  const auto ran = std::make_shared<bool>(false);
  const StopHook hook(*task_, inbox, std::weak_ptr(ran), [](bool& flag) { flag = true; });
  task_->RequestStop(kByUser);
  EXPECT_FALSE(*ran);
  ASSERT_EQ(inbox.posted.size(), 1u);
  inbox.posted.front()();
  EXPECT_TRUE(*ran);
}

TEST_F(Task, DoesNotRunThePostedWorkOfAStopHookWhoseOwnerIsGone) {
  test::Inbox inbox;
  auto owner = std::make_shared<int>();
  std::weak_ptr<int> weak = owner;
  auto hook = std::make_optional<StopHook>(*task_, inbox, weak, [](int&) { FAIL(); });
  task_->RequestStop(kByUser);
  hook.reset();
  owner.reset();
  ASSERT_EQ(inbox.posted.size(), 1u);
  inbox.posted.front()();
}

template <typename Work>
concept FitsAStopHook =
    std::is_constructible_v<StopHook, const TaskContext&, Poster&, std::weak_ptr<int>, Work>;

TEST_F(Task, TakesNoWorkForAStopHookThatCapturesAnything) {
  int local = 0;
  const auto captures = [&local](int& owner) { local = owner; };
  const auto captures_nothing = [](int& owner) { ++owner; };
  EXPECT_FALSE(FitsAStopHook<decltype(captures)>);
  EXPECT_TRUE(FitsAStopHook<decltype(captures_nothing)>);
}

TEST_F(Task, HearsNoMoreOfAStopHookThatIsGone) {
  std::atomic<bool> flag = false;
  {
    const StopHook hook(*task_, flag);
  }
  task_->RequestStop(kByUser);
  EXPECT_FALSE(flag);
}

TEST_F(Task, SaysWhereItIs) {
  EXPECT_EQ(task_->Info(false).phase, nullptr);
  {
    const Phase outer(*task_, "write");
    {
      const Phase inner(*task_, "prepare");
      EXPECT_STREQ(task_->Info(false).phase, "prepare");
    }
    EXPECT_STREQ(task_->Info(false).phase, "write");
  }
  EXPECT_EQ(task_->Info(false).phase, nullptr);
}

TEST_F(Task, TellsWhoItIsAndForWhomItRuns) {
  auto origin = std::make_shared<Origin>();
  origin->headers = {{"X-Opaque-Id", "job-7"}};
  const RunningTask task = Register({.action = "indices:data/write/update",
                                     .type = TaskType::kDirect,
                                     .task_class = TaskClass::kBackground,
                                     .parent = {"node-b", 3},
                                     .description = "updating document in [another_index]",
                                     .origin = origin,
                                     .status = std::make_shared<ReplicationStatus>()});
  clock_.AdvanceMillis(3);
  task->SetTotal(10, "operations");
  task->AddDone(4);
  task->AddMemory(77);
  const TaskInfo info = task->Info(true);
  EXPECT_EQ(info.id, (TaskId{"node-a", 2}));
  EXPECT_EQ(info.action, "indices:data/write/update");
  EXPECT_EQ(info.type, TaskType::kDirect);
  EXPECT_EQ(info.task_class, TaskClass::kBackground);
  EXPECT_EQ(info.parent, (TaskId{"node-b", 3}));
  EXPECT_EQ(info.description, "updating document in [another_index]");
  EXPECT_EQ(info.status, R"({"phase":"starting"})");
  EXPECT_EQ(info.origin, origin);
  EXPECT_EQ(info.start_time_millis, clock_.WallMillis() - 3);
  EXPECT_EQ(info.running_nanos, 3'000'000);
  EXPECT_EQ(info.done, 4);
  EXPECT_EQ(info.total, 10);
  EXPECT_STREQ(info.unit, "operations");
  EXPECT_EQ(info.resources->memory_bytes, 77);
  EXPECT_FALSE(info.outcome);
  EXPECT_FALSE(task->Info(false).description) << "not detailed";
  EXPECT_FALSE(task->Info(false).resources);
}

TEST_F(Task, TellsOfItsStopAndHowLongItHasBeenStopping) {
  task_->RequestStop(kByUser);
  const std::int64_t asked_at = clock_.WallMillis();
  clock_.AdvanceMillis(2);
  EXPECT_EQ(task_->Info(false).cancellation_time_millis, asked_at);
  EXPECT_EQ(task_->Info(false).stopping_for_nanos, 2'000'000);
  std::move(running_).Finish(End(task_->Checkpoint()));
  clock_.AdvanceMillis(50);
  const TaskInfo info = task_->Info(false);
  EXPECT_EQ(info.stopping_for_nanos, 2'000'000) << "it has ended";
  EXPECT_EQ(info.running_nanos, 2'000'000);
  EXPECT_EQ(info.outcome, Outcome::kCancelled);
}

TEST_F(Task, ShowsTheCpuTimeOfAThreadThatIsStillRunning) {
  const auto busy_until = [](auto enough) {
    for (volatile int i = 0; !enough();) i = i + 1;
  };
  std::int64_t while_running = 0;
  {
    const OnThread on(registry_.monitor(), task_);
    busy_until([&] { return task_->Info(true).resources->cpu_nanos > 1'000'000; });
    const TaskInfo::Resources now = *task_->Info(true).resources;
    while_running = now.cpu_nanos;
    EXPECT_EQ(now.active_threads, 1);
    EXPECT_EQ(now.executions, 1);
  }
  const TaskInfo::Resources after = *task_->Info(true).resources;
  EXPECT_GE(after.cpu_nanos, while_running);
  EXPECT_EQ(after.active_threads, 0);
  busy_until([spun = 0]() mutable { return ++spun > 100'000; });
  EXPECT_EQ(task_->Info(true).resources->cpu_nanos, after.cpu_nanos) << "it is off the thread";
}

TEST_F(Task, IsListedByAnotherThreadWhileItsOwnComesAndGoes) {
  std::atomic<bool> done = false;
  std::jthread lister([&] {
    while (!done) EXPECT_GE(task_->Info(true).resources->cpu_nanos, 0);
  });
  for (int i = 0; i < 200; ++i)
    std::jthread([&] { const OnThread on(registry_.monitor(), task_); });
  done = true;
  lister.join();
  EXPECT_EQ(task_->Info(true).resources->executions, 200);
}

}  // namespace
}  // namespace tasks
