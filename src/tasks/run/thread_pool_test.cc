#include "tasks/run/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "support/puppet.h"

namespace tasks {
namespace {

using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request"};

class Pool : public testing::Test {
 protected:
  static ThreadPool::Options Sized(int threads, std::size_t queue) {
    return {.name = "write", .threads = threads, .queue = queue};
  }
  static ThreadPool::Options Coordinators(int threads, std::size_t queue) {
    return {.name = "coordinator",
            .runs = ThreadPool::Runs::kCoordinators,
            .threads = threads,
            .queue = queue};
  }
  // Its end; the task itself is `last_`.
  std::future<End> Submit(ThreadPool& pool, ThreadPool::Work work) {
    RunningTask task = *registry_.Register({.action = "indices:data/write/bulk"});
    last_ = task.context();
    auto end = std::make_shared<std::promise<End>>();
    last_->AtEnd([end](const End& how) { end->set_value(how); });
    pool.Submit(std::move(task), std::move(work));
    return end->get_future();
  }
  std::future<End> SubmitPuppet(ThreadPool& pool) {
    return Submit(pool, [this](TaskContext& task) { return End(puppet_.Act(task)); });
  }

  test::Puppet puppet_;
  Loop loop_{base::Clock::System()};
  TaskRegistry registry_{{.node_id = "node-a", .clock = &base::Clock::System()}};
  TaskPtr last_;
};

TEST_F(Pool, RunsATaskAndEndsIt) {
  ThreadPool pool(Sized(1, 10), loop_);
  EXPECT_EQ(Submit(pool, [](TaskContext&) { return End(Status(), "x"); }).get().result, "x");
  EXPECT_EQ(registry_.size(), 0u);
}

TEST_F(Pool, FailsATaskThatFindsNoMemoryAndRunsTheNext) {
  ThreadPool pool(Sized(1, 10), loop_);
  const End failed = Submit(pool, [](TaskContext&) -> End { throw std::bad_alloc(); }).get();
  EXPECT_EQ(failed.error.http_status(), 429);
  EXPECT_EQ(failed.error.type(), "circuit_breaking_exception");
  RunningTask handed = *registry_.Register({.action = "a"});
  const auto status = std::make_shared<std::promise<int>>();
  handed->AtEnd([status](const End& end) { status->set_value(end.error.http_status()); });
  pool.Hand(std::move(handed), [](RunningTask task) {
    const RunningTask held = std::move(task);
    throw std::bad_alloc();
  });
  EXPECT_EQ(status->get_future().get(), 429);
  EXPECT_TRUE(Submit(pool, [](TaskContext&) { return End(); }).get().error.ok());
}

TEST_F(Pool, EndsAQueuedTaskThatIsStoppedAtOnce) {
  ThreadPool pool(Sized(1, 10), loop_);
  auto running = SubmitPuppet(pool);
  puppet_.WaitUntilBegun();
  auto queued = Submit(pool, [](TaskContext&) { return End(Status(), "it ran"); });
  EXPECT_STREQ(last_->Info(false).waits_on, "write queue");
  EXPECT_EQ(pool.stats().queue, 1u);
  last_->RequestStop(kByUser);
  const End end = queued.get();
  EXPECT_EQ(end.outcome, Outcome::kCancelled);
  EXPECT_FALSE(end.result);
  EXPECT_EQ(pool.stats().queue, 0u);
  EXPECT_EQ(running.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  puppet_.LetGo();
}

TEST_F(Pool, NeverRunsATaskThatWasStoppedBefore) {
  ThreadPool pool(Sized(1, 10), loop_);
  RunningTask task = *registry_.Register({.action = "a"});
  std::promise<Outcome> end;
  task->AtEnd([&](const End& how) { end.set_value(how.outcome); });
  task->RequestStop(kByUser);
  pool.Submit(std::move(task), [](TaskContext&) {
    ADD_FAILURE() << "it ran";
    return End();
  });
  EXPECT_EQ(end.get_future().get(), Outcome::kCancelled);
}

TEST_F(Pool, RefusesWhatItsQueueCannotHold) {
  ThreadPool pool(Sized(1, 1), loop_);
  auto running = SubmitPuppet(pool);
  puppet_.WaitUntilBegun();
  auto queued = SubmitPuppet(pool);
  const End refused = SubmitPuppet(pool).get();
  EXPECT_EQ(refused.error.http_status(), 429);
  EXPECT_EQ(refused.error.type(), "rejected_execution_exception");
  EXPECT_EQ(refused.error.reason(), "rejected execution of indices:data/write/bulk on write");
  EXPECT_EQ(pool.stats().rejected, 1);
  puppet_.LetGo();
  EXPECT_EQ(running.get().outcome, Outcome::kDone);
  EXPECT_EQ(queued.get().outcome, Outcome::kDone);
}

TEST_F(Pool, HasRoomAgainWhenAQueuedTaskWasStopped) {
  ThreadPool pool(Sized(1, 1), loop_);
  auto running = SubmitPuppet(pool);
  puppet_.WaitUntilBegun();
  auto queued = SubmitPuppet(pool);
  last_->RequestStop(kByUser);
  queued.get();
  auto next = SubmitPuppet(pool);
  puppet_.LetGo();
  EXPECT_EQ(next.get().outcome, Outcome::kDone);
}

TEST_F(Pool, MakesCoordinatorsOnDemandUpToItsBound) {
  ThreadPool pool(Coordinators(2, 1), loop_);
  EXPECT_EQ(pool.stats().threads, 0);
  auto first = SubmitPuppet(pool);
  puppet_.WaitUntilBegun(1);
  EXPECT_EQ(pool.stats().threads, 1);
  auto second = SubmitPuppet(pool);
  puppet_.WaitUntilBegun(2);
  auto queued = SubmitPuppet(pool);
  EXPECT_EQ(SubmitPuppet(pool).get().error.http_status(), 429);
  EXPECT_EQ(pool.stats().threads, 2);
  EXPECT_EQ(pool.stats().active, 2);
  EXPECT_EQ(pool.stats().largest, 2);
  puppet_.LetGo();
  EXPECT_EQ(queued.get().outcome, Outcome::kDone);
}

TEST_F(Pool, UsesAnIdleCoordinatorBeforeItMakesAnother) {
  ThreadPool pool(Coordinators(8, 8), loop_);
  for (int i = 0; i < 20; ++i) {
    Submit(pool, [](TaskContext&) { return End(); }).get();
    while (pool.stats().active > 0) std::this_thread::yield();
  }
  EXPECT_EQ(pool.stats().largest, 1);
}

TEST_F(Pool, HandsATaskToWorkThatFinishesItLaterAndElsewhere) {
  ThreadPool pool(Sized(1, 10), loop_);
  RunningTask task = *registry_.Register({.action = "a"});
  const TaskPtr context = task.context();
  std::promise<RunningTask> taken;
  pool.Hand(std::move(task), [&](RunningTask running) { taken.set_value(std::move(running)); });
  RunningTask running = taken.get_future().get();
  EXPECT_EQ(running.context(), context);
  EXPECT_EQ(registry_.size(), 1u);
  std::move(running).Finish(End());
  EXPECT_EQ(registry_.size(), 0u);
}

TEST_F(Pool, RunsLeavesAndLetsThoseWhoWaitForThemOwnChildren) {
  ThreadPool leaves(Sized(1, 10), loop_), coordinators(Coordinators(1, 10), loop_);
  std::promise<bool> waiter_on_leaf;
  RunningTask task = *registry_.Register({.action = "a"});
  task->AtEnd([&](const End&) { waiter_on_leaf.set_value(OnLeafThread()); });
  std::atomic<bool> work_on_leaf = false;
  leaves.Submit(std::move(task), [&](TaskContext&) {
    work_on_leaf = OnLeafThread();
    return End();
  });
  EXPECT_FALSE(waiter_on_leaf.get_future().get());
  EXPECT_TRUE(work_on_leaf);
  Submit(coordinators, [](TaskContext&) {
    EXPECT_FALSE(OnLeafThread());
    return End();
  }).get();
}

TEST_F(Pool, NamesItsThreadsAndGivesThemTheirPriority) {
  const int mine = getpriority(PRIO_PROCESS, 0);
  ThreadPool pool({.name = "force_merge", .nice = 10}, loop_);
  Submit(pool, [](TaskContext&) {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    EXPECT_STREQ(name, "force_merge");
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), 10);
    return End();
  }).get();
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), mine) << "and nobody else";
}

TEST_F(Pool, CountsTheCpuOfItsTasks) {
  ThreadPool pool(Sized(1, 10), loop_);
  Submit(pool, [](TaskContext& task) {
    EXPECT_EQ(task.Info(true).resources->active_threads, 1);
    while (task.Info(true).resources->cpu_nanos == 0) {
    }
    return End();
  }).get();
  EXPECT_EQ(last_->Info(true).resources->executions, 1);
}

TEST_F(Pool, EndsWhatIsQueuedWhenItStops) {
  ThreadPool pool(Sized(1, 10), loop_);
  auto running = SubmitPuppet(pool);
  const TaskPtr first = last_;
  puppet_.WaitUntilBegun();
  auto queued = SubmitPuppet(pool);
  first->RequestStop(kByUser);
  pool.Stop();
  EXPECT_EQ(running.get().outcome, Outcome::kCancelled);
  EXPECT_EQ(queued.get().outcome, Outcome::kCancelled);
  EXPECT_EQ(SubmitPuppet(pool).get().error.http_status(), 429);
}

TEST_F(Pool, StoppedAgainstRunningNeitherLosesATaskNorRunsItTwice) {
  ThreadPool pool(Coordinators(2, 1000), loop_);
  for (int round = 0; round < 2000; ++round) {
    std::atomic<int> ran = 0;
    auto end = Submit(pool, [&](TaskContext&) {
      ++ran;
      return End();
    });
    last_->RequestStop(kByUser);
    const Outcome outcome = end.get().outcome;
    ASSERT_EQ(ran, outcome == Outcome::kDone ? 1 : 0);
  }
}

// Work that yields once. It notes its turns, and the outcome that its first look in the second
// shows.
class InTurns : public Pool {
 protected:
  // Begins on `pool`, and yields when `first_turn_` returns.
  std::future<End> Begin(ThreadPool& pool) {
    RunningTask task = *registry_.Register({.action = "a"});
    last_ = task.context();
    auto end = std::make_shared<std::promise<End>>();
    last_->AtEnd([end](const End& how) { end->set_value(how); });
    pool.Hand(std::move(task), [this, &pool](RunningTask running) {
      (void)puppet_.Act(*running);
      pool.Yield(std::move(running), [this](RunningTask again) {
        ++second_turns_;
        Status look = again->Checkpoint();
        std::move(again).Finish(End(std::move(look), "half"));
      });
    });
    puppet_.WaitUntilBegun();
    return end->get_future();
  }

  std::atomic<int> second_turns_ = 0;
};

TEST_F(InTurns, LetsThoseWhoWaitGoFirst) {
  ThreadPool pool(Sized(1, 10), loop_);
  auto yielding = Begin(pool);
  auto other = Submit(pool, [this](TaskContext&) {
    EXPECT_EQ(second_turns_, 0);
    return End();
  });
  puppet_.LetGo();
  EXPECT_EQ(other.get().outcome, Outcome::kDone);
  EXPECT_EQ(yielding.get().outcome, Outcome::kDone);
  EXPECT_EQ(second_turns_, 1);
}

TEST_F(InTurns, IsNotRefusedByAFullQueue) {
  ThreadPool pool(Sized(1, 1), loop_);
  auto yielding = Begin(pool);
  auto other = Submit(pool, [](TaskContext&) { return End(); });
  puppet_.LetGo();
  EXPECT_EQ(other.get().outcome, Outcome::kDone);
  EXPECT_EQ(yielding.get().outcome, Outcome::kDone);
  while (pool.stats().active > 0) std::this_thread::yield();
  EXPECT_EQ(pool.stats().completed, 2) << "tasks, not turns";
}

TEST_F(InTurns, TellsAtOnceWhatItHasDoneWhenItIsStoppedWhileItWaits) {
  ThreadPool pool(Sized(1, 10), loop_);
  auto yielding = Begin(pool);
  const TaskPtr task = last_;
  test::Puppet blocking;
  auto other = Submit(pool, [&](TaskContext& it) { return End(blocking.Act(it)); });
  puppet_.LetGo();
  blocking.WaitUntilBegun();
  task->RequestStop(kByUser);
  const End end = yielding.get();  // while the other has the only thread
  EXPECT_EQ(end.outcome, Outcome::kCancelled);
  EXPECT_EQ(end.result, "half");
  EXPECT_EQ(pool.stats().queue, 0u);
  blocking.LetGo();
  EXPECT_EQ(other.get().outcome, Outcome::kDone);
  EXPECT_EQ(second_turns_, 1);
}

TEST_F(InTurns, EndsWithItsPool) {
  ThreadPool pool(Sized(1, 1'000'000), loop_);
  auto yielding = Begin(pool);
  std::jthread stopper([&] { pool.Stop(); });
  while (pool.stats().rejected == 0) Submit(pool, [](TaskContext&) { return End(); });
  puppet_.LetGo();
  EXPECT_EQ(yielding.get().outcome, Outcome::kCancelled);
}

}  // namespace
}  // namespace tasks
