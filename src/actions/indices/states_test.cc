// Closing, opening and blocking indices while they are written.

#include "actions/indices/states.h"

#include <future>

#include "support/bulk_fixture.h"

namespace actions::bulk {
namespace {

using indices::StatesChanged;
using indices::StatesRequest;

class IndexStates : public BulkTest {
 protected:
  using Changed = std::future<base::Result<StatesChanged>>;

  template <typename Start>
  Changed Begin(std::string_view action, Start start) {
    auto done = std::make_shared<std::promise<base::Result<StatesChanged>>>();
    auto task = node_.registry.Register({.action = action});
    start(*std::move(task),
          [done](base::Result<StatesChanged> changed) { done->set_value(std::move(changed)); });
    return done->get_future();
  }
  Changed Close() {
    return Begin(indices::kClose, [this](tasks::RunningTask task, indices::StatesDone done) {
      indices::Close(node_.node, std::move(task), {.names = {"src"}}, std::move(done));
    });
  }
  Changed Open(StatesRequest request = {.names = {"src"}}) {
    return Begin(indices::kOpen, [&](tasks::RunningTask task, indices::StatesDone done) {
      indices::Open(node_.node, std::move(task), std::move(request), std::move(done));
    });
  }
  Changed Block() {
    return Begin(indices::kAddBlock, [this](tasks::RunningTask task, indices::StatesDone done) {
      indices::AddBlock(node_.node, std::move(task), {.names = {"src"}}, "index.blocks.write",
                        std::move(done));
    });
  }
  static bool IsReady(const Changed& changed) {
    return changed.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready;
  }
  static std::string Why(const Document& answer, std::size_t i) {
    return Text(Item(answer, i).FindPath({"error", "type"}));
  }
};

TEST_F(IndexStates, AWriteThatHasNotBegunWhenItsIndexClosesIsRefused) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kPrepared,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 3));
  gate.WaitUntilSomebodyCame();
  const auto closed = Close().get();
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(closed->names, std::vector<std::string>{"src"});
  EXPECT_TRUE(node_.shards.All().empty());
  gate.Open();
  const Document answer = Answered(running);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(Why(answer, i), "index_closed_exception");
  EXPECT_TRUE(Open().get()->shards_acknowledged);
  EXPECT_EQ(node_.Documents("src"), 0);
}

TEST_F(IndexStates, AWriteThatIsBeingCommittedIsDoneBeforeTheCloseIsAnswered) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 3));
  gate.WaitUntilSomebodyCame();
  Changed closed = Close();
  EXPECT_FALSE(IsReady(closed));
  gate.Open();
  EXPECT_TRUE(closed.get()->acknowledged);
  EXPECT_FALSE(*Answered(running).root().Find("errors")->AsBool());
  ASSERT_TRUE(Open().get().ok());
  EXPECT_EQ(node_.Documents("src"), 3);
}

TEST_F(IndexStates, AWriteThatHasNotBegunWhenItsIndexIsBlockedIsRefused) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kPrepared,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 3));
  gate.WaitUntilSomebodyCame();
  ASSERT_TRUE(Block().get().ok());
  gate.Open();
  const Document answer = Answered(running);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Why(answer, i), "cluster_block_exception");
    EXPECT_EQ(Status(answer, i), 403);
  }
  EXPECT_EQ(node_.Documents("src"), 0);
}

TEST_F(IndexStates, AWriteThatIsBeingCommittedIsDoneBeforeTheBlockIsAnswered) {
  node_.CreateIndex("src");
  Gate gate;
  const engine::inject::Armed armed(Point::kAppend,
                                    [&](tasks::TaskContext& t) { return gate.Pass(t); });
  const Running running = Start(Indexing("src", 0, 3));
  gate.WaitUntilSomebodyCame();
  Changed blocked = Block();
  EXPECT_FALSE(IsReady(blocked));
  gate.Open();
  EXPECT_TRUE(blocked.get()->acknowledged);
  EXPECT_FALSE(*Answered(running).root().Find("errors")->AsBool());
  EXPECT_EQ(node_.Documents("src"), 3);
}

TEST_F(IndexStates, WhatIsWrittenWhileAnIndexClosesAndOpensIsDoneOrToldAsNotDone) {
  node_.CreateIndex("src", 2);
  const Running running = Start(Indexing("src", 0, 20'000));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Close().get().ok());
    ASSERT_TRUE(Open().get().ok());
  }
  const Document answer = Answered(running);
  std::int64_t done = 0;
  for (std::size_t i = 0; i < Items(answer); ++i) {
    if (Status(answer, i) == 201) {
      ++done;
    } else {
      EXPECT_EQ(Why(answer, i), "index_closed_exception");
    }
  }
  EXPECT_EQ(node_.Documents("src"), done);
}

bool WaitsForCopies(const tasks::TaskContext& task) {
  const char* const on = task.Info(false).waits_on;
  return on != nullptr && std::string_view(on) == "active copies";
}

TEST_F(IndexStates, ACancelEndsTheWaitForCopiesOfAnOpenedIndex) {
  node_.CreateIndex("src");
  ASSERT_TRUE(Close().get().ok());
  StatesRequest request{.names = {"src"}, .active_shards = 2};
  request.timeout = base::TimeValue::Minutes(60);
  Changed opened = Open(std::move(request));
  const tasks::TaskPtr task = node_.WaitForTask(std::string(indices::kOpen));
  while (!WaitsForCopies(*task)) std::this_thread::yield();
  task->RequestStop(kByUser);
  const auto answer = opened.get();
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->shards_acknowledged);
  EXPECT_TRUE(node_.cluster.state()->FindIndex("src")->open);
}

class OneResult final : public tasks_results::ResultStore {
 public:
  void Put(const tasks::TaskContext&, std::string document) override {
    kept_.set_value(std::move(document));
  }
  void Find(const tasks::TaskPtr&, const tasks::TaskId&, Found found) override {
    found(std::optional<std::string>());
  }
  std::string Kept() { return kept_.get_future().get(); }

 private:
  std::promise<std::string> kept_;
};

TEST_F(IndexStates, AnOpeningThatNobodyWaitsForIsReachedByACancelAndItsAnswerIsKept) {
  node_.CreateIndex("src");
  ASSERT_TRUE(Close().get().ok());
  const auto results = std::make_shared<OneResult>();
  StatesRequest request{.names = {"src"}, .active_shards = 2};
  request.timeout = base::TimeValue::Minutes(60);
  auto task = node_.registry.Register({.action = indices::kOpen});
  const tasks::TaskPtr outer = task->context();
  indices::OpenAndKeep(
      node_.node, results, *std::move(task), std::move(request),
      [](const StatesChanged& changed) { return changed.shards_acknowledged ? "true" : "false"; });
  const auto waits = [this] {
    return std::ranges::any_of(node_.Tasks(std::string(indices::kOpen)),
                               [](const auto& open) { return WaitsForCopies(*open); });
  };
  while (!waits()) std::this_thread::yield();
  outer->RequestStop(kByUser);
  EXPECT_NE(results->Kept().find("\"response\":false"), std::string::npos);
  EXPECT_TRUE(node_.cluster.state()->FindIndex("src")->open);
}

TEST_F(IndexStates, ACloseThatIsCancelledBeforeItBeginsChangesNothing) {
  node_.CreateIndex("src");
  auto task = node_.registry.Register({.action = indices::kClose});
  task->context()->RequestStop(kByUser);
  std::promise<base::Result<StatesChanged>> done;
  indices::Close(node_.node, *std::move(task), {.names = {"src"}},
                 [&](base::Result<StatesChanged> changed) { done.set_value(std::move(changed)); });
  EXPECT_EQ(done.get_future().get().status().code(), base::Code::kCancelled);
  EXPECT_TRUE(node_.cluster.state()->FindIndex("src")->open);
}

}  // namespace
}  // namespace actions::bulk
