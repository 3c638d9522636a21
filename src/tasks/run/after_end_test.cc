#include "tasks/run/after_end.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "support/puppet.h"
#include "support/temp_dir.h"

namespace tasks {
namespace {

using base::Status;

const Stop kByUser{.cause = StopCause::kUser, .reason = "by user request"};

class Spool : public testing::Test {
 protected:
  std::unique_ptr<ResultSpool> Open(std::size_t files = 1000, std::size_t bytes = 1 << 20) {
    return *ResultSpool::Open(
        {.directory = directory_.path() + "/results", .max_files = files, .max_bytes = bytes});
  }

  TempDir directory_;
};

TEST_F(Spool, FindsWhatWasPutAlsoAfterARestart) {
  ASSERT_TRUE(Open()->Put({"node-a", 7}, "{}").ok());
  EXPECT_EQ(*Open()->Find({"node-a", 7}), "{}");
  EXPECT_EQ(Open()->Find({"node-a", 8}).status().http_status(), 404);
}

TEST_F(Spool, ReplacesAnEarlierResult) {
  const auto spool = Open(1);
  ASSERT_TRUE(spool->Put({"n", 1}, "old").ok());
  ASSERT_TRUE(spool->Put({"n", 1}, "new").ok());
  EXPECT_EQ(*spool->Find({"n", 1}), "new");
}

TEST_F(Spool, LetsTheOldestGoWhenThereAreTooMany) {
  const auto spool = Open(2);
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(spool->Put({"n", i}, "x").ok());
  EXPECT_FALSE(spool->Find({"n", 1}).ok());
  EXPECT_TRUE(spool->Find({"n", 2}).ok());
  EXPECT_TRUE(spool->Find({"n", 3}).ok());
}

TEST_F(Spool, LetsTheOldestGoWhenTheyAreTooLarge) {
  const auto spool = Open(10, 10);
  ASSERT_TRUE(spool->Put({"n", 1}, "12345").ok());
  ASSERT_TRUE(spool->Put({"n", 2}, "123456").ok());
  EXPECT_FALSE(spool->Find({"n", 1}).ok());
  EXPECT_TRUE(spool->Find({"n", 2}).ok());
  EXPECT_EQ(spool->Put({"n", 3}, "12345678901").http_status(), 400);
  EXPECT_TRUE(spool->Find({"n", 2}).ok());
}

TEST_F(Spool, KeepsNamesInsideItsDirectory) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Put({"../../x", 1}, "y").ok());
  EXPECT_EQ(*spool->Find({"../../x", 1}), "y");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path() + "/results"), {}),
            1);
}

class Afterwards : public Spool {
 protected:
  RunningTask Task() {
    return *registry_.Register({.action = "indices:data/write/reindex", .parent = {"node-b", 3}});
  }
  // Runs `work` after `task`; returns how that ended.
  std::future<Outcome> Run(const TaskContext& task, std::function<Status(TaskContext&)> work,
                           std::optional<std::string> result = "{\"took\":1}") {
    auto outcome = std::make_shared<std::promise<Outcome>>();
    after_end_.Run(task, {.action = "internal:tasks/result",
                          .result = std::move(result),
                          .work = [this, outcome, work = std::move(work)](TaskContext& running) {
                            registry_.Find(running.id().number)->AtEnd([outcome](const End& end) {
                              outcome->set_value(end.outcome);
                            });
                            return work(running);
                          }});
    return outcome->get_future();
  }

  base::ManualClock clock_;
  Loop timers_{clock_, Loop::Mode::kManual};
  Loop loop_{base::Clock::System()};
  const std::unique_ptr<ResultSpool> spool_ = Open();
  TaskRegistry registry_{{.node_id = "node-a", .clock = &clock_, .loop = &timers_}};
  test::Puppet puppet_;
  ThreadPool pool_{{.name = "generic", .threads = 1}, loop_};
  AfterEnd after_end_{registry_, pool_, spool_.get()};
};

TEST_F(Afterwards, IsABackgroundSiblingThatAStopOfTheTaskDoesNotRefuse) {
  RunningTask task = Task();
  task->RequestStop(kByUser);
  TaskSpec seen;
  auto outcome = Run(*task, [&](TaskContext& running) {
    seen = running.spec();
    return running.Checkpoint();
  });
  EXPECT_EQ(outcome.get(), Outcome::kDone);
  EXPECT_EQ(seen.task_class, TaskClass::kBackground);
  EXPECT_EQ(seen.parent, (TaskId{"node-b", 3}));
  EXPECT_EQ(seen.description, "after the end of task [node-a:1]");
}

TEST_F(Afterwards, IsNotAwaitedByTheCancelOfTheTask) {
  RunningTask task = Task();
  auto outcome = Run(*task, [this](TaskContext& running) { return puppet_.Act(running); });
  puppet_.WaitUntilBegun();
  EXPECT_EQ(registry_.CancelMatching({}, &kByUser), std::vector{task.context()});
  bool ended = false;
  task->AtEnd([&](const End&) { ended = true; });
  std::move(task).Finish(End(base::Cancelled("by user request")));
  EXPECT_TRUE(ended);
  puppet_.LetGo();
  EXPECT_EQ(outcome.get(), Outcome::kDone);
}

TEST_F(Afterwards, KeepsTheResultReadableUntilItIsStored) {
  RunningTask task = Task();
  const TaskId id = task->id();
  auto outcome = Run(*task, [this](TaskContext& running) { return puppet_.Act(running); });
  std::move(task).Finish(End());
  EXPECT_EQ(after_end_.Find(id), "{\"took\":1}");
  puppet_.LetGo();
  EXPECT_EQ(outcome.get(), Outcome::kDone);
  EXPECT_FALSE(after_end_.Find(id)) << "it is where it belongs";
  EXPECT_FALSE(spool_->Find(id).ok());
}

TEST_F(Afterwards, SpoolsAResultThatCouldNotBeStored) {
  const RunningTask task = Task();
  auto outcome = Run(*task, [](TaskContext&) { return base::Internal("no shard"); });
  EXPECT_EQ(outcome.get(), Outcome::kFailed);
  EXPECT_EQ(after_end_.Find(task->id()), "{\"took\":1}");
  EXPECT_EQ(*spool_->Find(task->id()), "{\"took\":1}");
}

TEST_F(Afterwards, SpoolsAResultThatTakesLongerThanItsBudget) {
  const RunningTask task = Task();
  auto outcome = Run(*task, [this](TaskContext& running) { return puppet_.Act(running); });
  puppet_.WaitUntilBegun();
  clock_.AdvanceMillis(10'001);
  timers_.RunDue();
  EXPECT_EQ(outcome.get(), Outcome::kCancelled);
  EXPECT_EQ(*spool_->Find(task->id()), "{\"took\":1}");
}

TEST_F(Afterwards, SpoolsAResultWhenTheNodeGoesDown) {
  const RunningTask task = Task();
  pool_.Stop();
  after_end_.Run(*task, {.action = "internal:tasks/result",
                         .result = "{}",
                         .work = [](TaskContext&) { return Status(); }});
  EXPECT_EQ(*spool_->Find(task->id()), "{}");
}

TEST_F(Afterwards, SpoolsNothingOfPureCleanUp) {
  const RunningTask task = Task();
  auto outcome = Run(*task, [](TaskContext&) { return base::Internal("x"); }, std::nullopt);
  EXPECT_EQ(outcome.get(), Outcome::kFailed);
  EXPECT_FALSE(after_end_.Find(task->id()));
}

}  // namespace
}  // namespace tasks
