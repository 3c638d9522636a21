#include "tasks/task_registry.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tasks/record/cancel_metrics.h"
#include "tasks/record/history.h"

namespace tasks {
namespace {

using base::Code;
using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request"};

class Registry : public testing::Test {
 protected:
  RunningTask Register(TaskSpec spec) { return *registry_.Register(std::move(spec)); }
  std::vector<TaskPtr> Listed(const TaskFilter& filter = {}, std::size_t limit = 1000) {
    std::vector<TaskPtr> all;
    TaskRegistry::Cursor cursor;
    for (;;) {
      const auto page = registry_.NextPage(cursor, filter, limit);
      if (page.empty()) return all;
      EXPECT_LE(page.size(), limit);
      all.insert(all.end(), page.begin(), page.end());
    }
  }

  base::ManualClock clock_;
  Loop loop_{clock_, Loop::Mode::kManual};
  CancelMetrics metrics_;
  History history_{{.min_running_millis = 0}, clock_};
  TaskRegistry registry_{{.node_id = "node-a",
                          .max_header_bytes = 8192,
                          .clock = &clock_,
                          .loop = &loop_,
                          .history = &history_,
                          .metrics = &metrics_}};
};

TEST_F(Registry, ListsATaskFromItsRegistrationUntilItsEnd) {
  RunningTask task = Register({.action = "a"});
  EXPECT_EQ(Listed(), std::vector{task.context()});
  EXPECT_EQ(registry_.Find(task->id().number), task.context());
  EXPECT_EQ(registry_.size(), 1u);
  const std::int64_t number = task->id().number;
  std::move(task).Finish(End(Status()));
  EXPECT_TRUE(Listed().empty());
  EXPECT_EQ(registry_.Find(number), nullptr);
  EXPECT_EQ(registry_.size(), 0u);
}

TEST_F(Registry, LeavesTheListAndKeepsTheHistoryBeforeWaitersAreAnswered) {
  RunningTask task = Register({.action = "a"});
  std::size_t listed = 99;
  std::optional<TaskInfo> kept;
  task->AtEnd([&](const End&) {
    listed = Listed().size();
    kept = history_.Find({"node-a", 1});
  });
  std::move(task).Finish(End(Status()));
  EXPECT_EQ(listed, 0u);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->outcome, Outcome::kDone);
}

TEST_F(Registry, EndsATaskThatIsDropped) {
  Outcome outcome = Outcome::kDone;
  {
    const RunningTask task = Register({.action = "a"});
    task->AtEnd([&](const End& end) { outcome = end.outcome; });
  }
  EXPECT_EQ(outcome, Outcome::kFailed);
  EXPECT_EQ(registry_.size(), 0u);
}

TEST_F(Registry, EndsATaskThatIsReplacedAndNotTheOneThatReplacesIt) {
  RunningTask task = Register({.action = "a"});
  task = Register({.action = "b"});
  ASSERT_EQ(Listed().size(), 1u);
  EXPECT_EQ(Listed().front()->spec().action, "b");
}

TEST_F(Registry, ShowsEveryTaskOnceWhateverThePages) {
  std::vector<RunningTask> tasks;
  for (int i = 0; i < 70'000; ++i) tasks.push_back(Register({.action = i % 2 ? "odd" : "even"}));
  for (const std::size_t limit : {1000u, 257u, 256u, 255u}) {
    const auto listed = Listed({.actions = {"odd"}}, limit);
    EXPECT_EQ(std::set(listed.begin(), listed.end()).size(), 35'000u);
    EXPECT_EQ(listed.size(), 35'000u);
  }
}

TEST_F(Registry, ShowsWhatStaysWhileOthersComeAndGo) {
  std::vector<RunningTask> staying;
  for (int i = 0; i < 1000; ++i) staying.push_back(Register({.action = "stays"}));
  std::jthread others([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) Register({.action = "goes"});
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Listed({.actions = {"stays"}}, 100).size(), 1000u);
}

TEST_F(Registry, CancelsATaskByItsId) {
  const RunningTask task = Register({.action = "a"});
  EXPECT_EQ(*registry_.Cancel(task->id(), {}, kByUser), task.context());
  EXPECT_EQ(task->stop()->reason, "by user request");
}

TEST_F(Registry, ReturnsATaskToEachCancelUntilItHasEnded) {
  RunningTask task = Register({.action = "a"});
  const TaskId id = task->id();
  EXPECT_TRUE(registry_.Cancel(id, {}, kByUser).ok());
  EXPECT_TRUE(registry_.Cancel(id, {}, kByUser).ok());
  std::move(task).Finish(End(Status()));
  EXPECT_EQ(registry_.Cancel(id, {}, kByUser).status().reason(), "task [node-a:1] is not found");
}

TEST_F(Registry, SaysWhyItDoesNotCancel) {
  const RunningTask plain = Register({.action = "a"});
  const RunningTask lease_holder = Register({.action = "b", .cancellable = false});
  const auto refused = [&](const TaskId& id, const TaskFilter& filter) {
    return registry_.Cancel(id, filter, kByUser).status();
  };
  EXPECT_EQ(refused({"node-a", 99}, {}).reason(), "task [node-a:99] is not found");
  EXPECT_EQ(refused({"node-a", 99}, {}).http_status(), 404);
  EXPECT_EQ(refused({"node-a", 99}, {}).type(), "resource_not_found_exception");
  EXPECT_EQ(refused({"node-b", 1}, {}).reason(), "task [node-b:1] is not found");
  EXPECT_EQ(refused({"node-a", 2}, {}).reason(), "task [node-a:2] doesn't support cancellation");
  EXPECT_EQ(refused({"node-a", 2}, {}).type(), "illegal_argument_exception");
  EXPECT_EQ(refused({"node-a", 1}, {.actions = {"b"}}).reason(),
            "task [node-a:1] doesn't support this operation");
  EXPECT_EQ(refused({"node-a", 1}, {.parent = {"node-a", 7}}).reason(),
            "task [node-a:1] doesn't support this operation");
  for (const TaskFilter& other :
       {TaskFilter{.description = "x*"}, TaskFilter{.x_opaque_id = "x"}, TaskFilter{.index = "x"},
        TaskFilter{.user = "x"}, TaskFilter{.min_running_nanos = INT64_MAX},
        TaskFilter{.background = true}}) {
    EXPECT_EQ(refused({"node-a", 1}, other).reason(),
              "task [node-a:1] doesn't support this operation");
  }
  EXPECT_FALSE(plain->cancelled());
  EXPECT_FALSE(lease_holder->cancelled());
}

TEST_F(Registry, FindsForACancelWithoutCancelling) {
  const RunningTask task = Register({.action = "a"});
  EXPECT_EQ(*registry_.FindForCancel(task->id(), {}), task.context());
  EXPECT_EQ(registry_.CancelMatching({}, nullptr), std::vector{task.context()});
  EXPECT_FALSE(task->cancelled());
}

TEST_F(Registry, StopsWorkOfTheNodeItselfByIdAndNeverByAFilter) {
  const RunningTask bulk = Register({.action = "indices:data/write/bulk"});
  const RunningTask merge =
      Register({.action = "indices:merge", .task_class = TaskClass::kBackground});
  EXPECT_EQ(registry_.CancelMatching({}, &kByUser), std::vector{bulk.context()});
  EXPECT_EQ(registry_.CancelMatching({.actions = {"indices:*"}}, &kByUser),
            std::vector{bulk.context()});
  EXPECT_FALSE(merge->cancelled());
  EXPECT_TRUE(registry_.CancelMatching({.actions = {"cluster:*"}}, &kByUser).empty());
  EXPECT_EQ(*registry_.Cancel(merge->id(), {}, kByUser), merge.context());
}

TEST_F(Registry, StopsATaskAtItsDeadlineAndNotBefore) {
  const std::int64_t second = 1'000'000'000;
  const RunningTask task =
      Register({.action = "a", .deadline_nanos = clock_.MonotonicNanos() + second - 300});
  clock_.AdvanceNanos(second - 1);
  loop_.RunDue();
  EXPECT_TRUE(task->Checkpoint().ok()) << "rounded up: no message contradicts itself";
  clock_.AdvanceNanos(1);
  loop_.RunDue();
  EXPECT_EQ(task->stop()->cause, StopCause::kDeadline);
  EXPECT_EQ(task->stop()->reason, "Cancellation timeout of 1s is expired");
}

TEST_F(Registry, ForgetsTheDeadlineOfATaskThatHasEnded) {
  RunningTask task = Register({.action = "a", .deadline_nanos = clock_.MonotonicNanos() + 1});
  const TaskPtr context = task.context();
  EXPECT_EQ(loop_.timers(), 1u);
  std::move(task).Finish(End(Status()));
  EXPECT_EQ(loop_.timers(), 0u);
  clock_.AdvanceMillis(10);
  loop_.RunDue();
  EXPECT_FALSE(context->cancelled());
}

TEST_F(Registry, RefusesHeadersThatAreTooLarge) {
  const auto with_header = [this](std::size_t bytes) {
    auto origin = std::make_shared<Origin>();
    origin->headers = {{"X-Opaque-Id", std::string(bytes - 11, 'x')}};
    return registry_.Register({.action = "a", .origin = origin}).status();
  };
  EXPECT_TRUE(with_header(4096).ok());
  EXPECT_EQ(with_header(4097).reason(), "Request exceeded the maximum size of task headers 8kb");
  EXPECT_EQ(with_header(4097).http_status(), 400);
}

TEST_F(Registry, CountsHowLongACancelledTaskTookToEnd) {
  RunningTask task = Register({.action = "a"});
  clock_.AdvanceMillis(700);
  task->RequestStop(kByUser);
  clock_.AdvanceMillis(3);
  std::move(task).Finish(End(task->Checkpoint()));
  Register({.action = "b"});
  const auto counted = metrics_.snapshot().cancel_to_end;
  ASSERT_EQ(counted.size(), 1u) << "those that nobody cancelled do not count";
  EXPECT_EQ(counted.at("a").max_nanos(), 3'000'000);
}

TEST_F(Registry, StopsEveryTaskAtShutdownAndRefusesNewRequests) {
  const RunningTask bulk = Register({.action = "a"});
  const RunningTask merge = Register({.action = "b", .task_class = TaskClass::kBackground});
  const RunningTask lease_holder = Register({.action = "c", .cancellable = false});
  registry_.StopAll("node is shutting down");
  for (const RunningTask* task : {&bulk, &merge, &lease_holder}) {
    EXPECT_EQ((*task)->stop()->cause, StopCause::kShutdown);
    EXPECT_EQ((*task)->stop()->reason, "node is shutting down");
  }
  const auto refused = registry_.Register({.action = "a"});
  EXPECT_EQ(refused.status().http_status(), 503);
  EXPECT_EQ(registry_.size(), 3u);
  EXPECT_TRUE(registry_.Register({.action = "b", .task_class = TaskClass::kBackground}).ok())
      << "results are still to be written";
}

TEST_F(Registry, IsEmptyOnlyWhenThoseWhoWaitHaveBeenAnswered) {
  RunningTask task = Register({.action = "a"});
  EXPECT_FALSE(registry_.WaitUntilEmpty(0));
  bool empty_while_answering = true;
  task->AtEnd([&](const End&) { empty_while_answering = registry_.WaitUntilEmpty(0); });
  std::move(task).Finish(End(Status()));
  EXPECT_FALSE(empty_while_answering);
  EXPECT_TRUE(registry_.WaitUntilEmpty(0));
}

TEST_F(Registry, AtShutdownMissesNobodyWhoIsJustRegistering) {
  std::vector<RunningTask> registered;
  std::jthread client([&] {
    for (;;) {
      auto task = registry_.Register({.action = "a"});
      if (!task.ok()) return;
      registered.push_back(*std::move(task));
    }
  });
  while (registry_.size() < 100) std::this_thread::yield();
  registry_.StopAll("node is shutting down");
  client.join();
  for (const RunningTask& task : registered) ASSERT_TRUE(task->cancelled());
}

class CountedBlocks final : public IdBlocks {
 public:
  base::Result<std::int64_t> Reserve() override {
    if (refuse) {
      ++refused;
      return base::Internal("disk full");
    }
    return ++reserved * kBlock;
  }
  bool refuse = false;
  std::int64_t reserved = 0, refused = 0;
};

TEST(TaskNumbers, ComeFromBlocksThatWereReserved) {
  CountedBlocks blocks;
  base::ManualClock clock;
  TaskRegistry registry({.node_id = "n", .clock = &clock, .ids = &blocks});
  EXPECT_EQ((*registry.Register({.action = "a"}))->id().number, IdBlocks::kBlock);
  EXPECT_EQ((*registry.Register({.action = "a"}))->id().number, IdBlocks::kBlock + 1);
  EXPECT_EQ(blocks.reserved, 1);
  blocks.refuse = true;
  for (std::int64_t i = 2; i < IdBlocks::kBlock; ++i) ASSERT_TRUE(registry.Register({}).ok());
  EXPECT_EQ(registry.Register({.action = "a"}).status().reason(), "disk full");
  blocks.refuse = false;
  EXPECT_EQ((*registry.Register({.action = "a"}))->id().number, 2 * IdBlocks::kBlock);
}

// A disk without room must not keep a node from reading, listing and cancelling.
TEST(TaskNumbers, AreReservedLongBeforeTheyAreNeeded) {
  CountedBlocks blocks;
  base::ManualClock clock;
  TaskRegistry registry({.node_id = "n", .clock = &clock, .ids = &blocks});
  constexpr std::int64_t kHalf = IdBlocks::kBlock / 2;
  std::int64_t last = 0;
  const auto use = [&](std::int64_t numbers) {
    for (; numbers > 0; --numbers) last = (*registry.Register({}))->id().number;
  };
  use(kHalf);
  EXPECT_EQ(blocks.reserved, 1);
  use(1);
  EXPECT_EQ(blocks.reserved, 2);
  blocks.refuse = true;
  use(kHalf);
  EXPECT_EQ(last, 2 * IdBlocks::kBlock) << "the second block, without a write";
  use(kHalf);
  EXPECT_EQ(blocks.refused, 1) << "in the middle of it";
  use(kHalf / 2);
  EXPECT_GT(blocks.refused, 1);
  EXPECT_LT(blocks.refused, 100);
  blocks.refuse = false;
  use(kHalf);
  EXPECT_EQ(last, 3 * IdBlocks::kBlock + kHalf / 2);
}

}  // namespace
}  // namespace tasks
