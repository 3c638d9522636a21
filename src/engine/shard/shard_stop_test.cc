// What a stop, a failure or a lost answer leaves of a write, at every point where it may come.

#include <future>
#include <random>

#include "engine/shard/shard_fixture.h"

namespace engine {
namespace {

using base::Code;
using inject::Point;
using tasks::UnitOutcome;

class AWrite : public ShardFixture {
 protected:
  std::future<Written> WriteLater(LoneTask& task, Operations operations) {
    return std::async(std::launch::async, [this, &task, operations = std::move(operations)] {
      return Write(task, operations);
    });
  }
  // Operations that fill `units` units.
  static Operations Units(int units, const std::string& prefix = "id") {
    Operations operations;
    for (int i = 0; i < units * static_cast<int>(Shard::kUnitOperations); ++i) {
      operations.Index(prefix + std::to_string(i));
    }
    return operations;
  }
  static std::size_t Done(const Written& written) {
    std::size_t done = 0;
    for (const OperationResult& result : written.results) {
      done += static_cast<std::size_t>(result.outcome == UnitOutcome::kDone);
    }
    return done;
  }
  LoneTask task_;
};

TEST_F(AWrite, OfAStoppedTaskWritesNothing) {
  task_.Stop();
  const Written written = Write(task_, Units(1));
  EXPECT_EQ(written.status.code(), Code::kCancelled);
  EXPECT_EQ(written.status.reason(), base::Cancelled("by user request").reason());
  EXPECT_EQ(Done(written), 0u);
  EXPECT_TRUE(written.settled.empty());
  EXPECT_TRUE(Stored().empty());
}

TEST_F(AWrite, OfNothingIsDone) { EXPECT_TRUE(Write(task_, {}).status.ok()); }

TEST_F(AWrite, ObeysAStopBetweenPreparationAndSeal) {
  Gate gate(Point::kPrepared);
  auto writing = WriteLater(task_, Units(1));
  gate.WaitUntilReached();
  task_.Stop();
  gate.LetGo();
  const Written written = writing.get();
  EXPECT_EQ(written.status.code(), Code::kCancelled);
  EXPECT_EQ(Done(written), 0u);
  EXPECT_TRUE(Stored().empty());
}

// B1: a stop is obeyed at the next operation, however many are left of the batch.
TEST_F(AWrite, B1ObeysAStopBetweenPreparations) {
  shard_.mapping->before_extend = [&](tasks::TaskContext&) {
    task_.Stop();
    return base::Status();
  };
  const Written written =
      Write(task_, Operations().Index("a").Index("b", R"({"new_x":1})").Index("c"));
  EXPECT_EQ(written.status.code(), Code::kCancelled);
  EXPECT_TRUE(Stored().empty());
}

class StopBehindTheSeal : public AWrite, public testing::WithParamInterface<Point> {};

TEST_P(StopBehindTheSeal, FinishesTheUnitAndBeginsNoOther) {
  Gate gate(GetParam());
  auto writing = WriteLater(task_, Units(3));
  gate.WaitUntilReached();
  task_.Stop();
  EXPECT_TRUE(task_->cancelled()) << "shown at once";
  gate.LetGo();
  const Written written = writing.get();
  EXPECT_EQ(written.status.code(), Code::kCancelled);
  EXPECT_EQ(written.settled, std::vector<std::size_t>{200});
  EXPECT_EQ(Done(written), 200u);
  EXPECT_EQ(written.results[199].outcome, UnitOutcome::kDone);
  EXPECT_EQ(written.results[200].outcome, UnitOutcome::kNotDone);
  EXPECT_EQ(Stored().size(), 200u);
}

TEST_P(StopBehindTheSeal, OfTheLastUnitFindsNothingLeftToStop) {
  Gate gate(GetParam());
  auto writing = WriteLater(task_, Units(1));
  gate.WaitUntilReached();
  task_.Stop();
  gate.LetGo();
  const Written written = writing.get();
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(Done(written), 200u);
  EXPECT_EQ(Stored().size(), 200u);
}

INSTANTIATE_TEST_SUITE_P(At, StopBehindTheSeal, testing::Values(Point::kAppend, Point::kAppended));

TEST_F(AWrite, WhoseAppendFailsIsNotDone) {
  Gate gate(Point::kAppend);
  gate.LetGo(base::Internal("the disk says no"));
  const Written written = Write(task_, Units(2));
  EXPECT_EQ(written.status.reason(), "the disk says no");
  EXPECT_EQ(Done(written), 0u);
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kNotDone);
  EXPECT_TRUE(Stored().empty());
}

TEST_F(AWrite, BehindAFailedOneGoesOnWhereThatBegan) {
  WriteOne(Operations().Index("a"));
  {
    Gate gate(Point::kAppend);
    gate.LetGo(base::Internal("the disk says no"));
    EXPECT_FALSE(Write(task_, Operations().Index("a").Delete("b").Index("c")).status.ok());
  }
  const OperationResult result = WriteOne(Operations().Create("c"));
  EXPECT_EQ(result.seq_no, 1);
  EXPECT_EQ(result.version, 1) << "the overlay fell with the append";
  EXPECT_EQ(WriteOne(Operations().Index("a")).version, 2);
  EXPECT_EQ(shard_->live_documents(), 2);
  EXPECT_EQ(shard_->deleted_documents(), 0);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

base::Status Lost() { return {Code::kOutcomeUnknown, "the answer was lost"}; }

TEST_F(AWrite, WhoseAnswerIsLostIsUnknownAndSaysSo) {
  Gate gate(Point::kAppended);
  gate.LetGo(Lost());
  Operations operations;
  operations.Index("bad", R"({"bad":1})");
  for (int i = 0; i < 250; ++i) operations.Index("id" + std::to_string(i));
  const Written written = Write(task_, operations);
  EXPECT_EQ(written.status.code(), Code::kOutcomeUnknown);
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kNotDone) << "it failed by itself";
  EXPECT_EQ(written.results[0].error.type(), "mapper_parsing_exception");
  EXPECT_EQ(written.results[1].outcome, UnitOutcome::kUnknown);
  EXPECT_EQ(written.results[199].outcome, UnitOutcome::kUnknown);
  EXPECT_EQ(written.results[200].outcome, UnitOutcome::kNotDone) << "it was never sealed";
  EXPECT_TRUE(written.settled.empty());
}

TEST_F(AWrite, BehindALostAnswerFindsOutWhatWasWrittenAndGoesOn) {
  {
    Gate gate(Point::kAppended);
    gate.LetGo(Lost());
    EXPECT_FALSE(Write(task_, Operations().Index("a")).status.ok());
  }
  const OperationResult created = WriteOne(Operations().Create("a"));
  EXPECT_EQ(created.error.http_status(), 409) << "this time it had been written";
  EXPECT_EQ(WriteOne(Operations().Index("b")).seq_no, 1);
  EXPECT_EQ(Stored().size(), 2u);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

// Two writers: the first holds its group at the append, the second is sealed behind it.
class TheSecondOfTwo : public AWrite {
 protected:
  void Begin(Operations second) {
    gate_.emplace(Point::kAppend);
    first_ = WriteLater(task_, Operations().Index("a", R"({"n":1})"));
    gate_->WaitUntilReached();
    second_ = WriteLater(second_task_, std::move(second));
    second_task_.WaitUntilItWaitsOn("journal");
  }
  LoneTask second_task_;
  std::optional<Gate> gate_;
  std::future<Written> first_, second_;
};

TEST_F(TheSecondOfTwo, SeesWhatIsSealedBeforeIt) {
  Begin(Operations().Create("a").Index("b"));
  gate_->LetGo();
  EXPECT_TRUE(first_.get().status.ok());
  const Written second = second_.get();
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(second.results[0].error.http_status(), 409);
  EXPECT_EQ(second.results[1].seq_no, 1);
}

TEST_F(TheSecondOfTwo, UpdatesADocumentThatIsNotDurableYet) {
  Begin(Operations().Update("a", R"({"doc":{"m":2}})"));
  gate_->LetGo();
  EXPECT_TRUE(first_.get().status.ok());
  EXPECT_EQ(second_.get().results[0].result, OpResult::kUpdated);
  EXPECT_EQ(Get("a").source, R"({"n":1,"m":2})");
  EXPECT_EQ(shard_->write_stats().retries, 0);
}

TEST_F(TheSecondOfTwo, FallsWithAFailedFirst) {
  Begin(Operations().Index("a").Index("b"));
  gate_->LetGo(base::Internal("the disk says no"));
  EXPECT_FALSE(first_.get().status.ok());
  const Written second = second_.get();
  EXPECT_EQ(second.status.reason(), "the disk says no");
  EXPECT_EQ(Done(second), 0u);
  EXPECT_TRUE(Stored().empty());
}

TEST_F(TheSecondOfTwo, IsWrittenAnewWhenTheFirstFoundNoRoomAndWasStopped) {
  Begin(Operations().Create("a", R"({"n":2})").Index("b"));
  task_.Stop();
  gate_->LetGo(journal::NodeStore::NoRoom());
  EXPECT_EQ(first_.get().status.code(), Code::kCancelled);
  const Written second = second_.get();
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(second.results[0].result, OpResult::kCreated) << "the first never was";
  EXPECT_EQ(second.results[0].seq_no, 0);
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(TheSecondOfTwo, IsMadeAnewFromWhatIsThereWhenItsBaseFell) {
  WriteOne(Operations().Index("a", R"({"old":1})"));
  Begin(Operations().Update("a", R"({"doc":{"m":2}})"));
  task_.Stop();
  gate_->LetGo(journal::NodeStore::NoRoom());
  EXPECT_EQ(first_.get().status.code(), Code::kCancelled);
  EXPECT_EQ(second_.get().results[0].version, 2);
  EXPECT_EQ(Get("a").source, R"({"old":1,"m":2})") << "nothing of what never was";
}

TEST_F(TheSecondOfTwo, IsWrittenAnewBehindALostAnswer) {
  Gate lost(Point::kAppended);
  lost.LetGo(Lost());
  Begin(Operations().Index("b"));
  gate_->LetGo();
  EXPECT_EQ(first_.get().status.code(), Code::kOutcomeUnknown);
  const Written second = second_.get();
  EXPECT_TRUE(second.status.ok());
  EXPECT_EQ(second.results[0].seq_no, 1) << "the first was written";
  ASSERT_TRUE(shard_.OpenAgain().ok());
  EXPECT_EQ(Stored().size(), 2u);
}

TEST_F(TheSecondOfTwo, IsNotDoneIfItIsStoppedWhileTheFirstIsAppended) {
  Begin(Operations().Index("b"));
  second_task_.Stop();
  gate_->LetGo();
  EXPECT_TRUE(first_.get().status.ok());
  const Written second = second_.get();
  EXPECT_EQ(second.status.code(), Code::kCancelled);
  EXPECT_EQ(Done(second), 0u);
  EXPECT_EQ(Stored().size(), 1u);
}

TEST_F(AWrite, OfAGroupIsOneRecord) {
  Gate gate(Point::kAppend);
  LoneTask tasks[4];
  std::vector<std::future<Written>> writing;
  writing.push_back(WriteLater(tasks[0], Operations().Index("id0")));
  gate.WaitUntilReached();
  for (int i = 1; i < 4; ++i) {
    writing.push_back(WriteLater(tasks[i], Operations().Index("id" + std::to_string(i))));
    tasks[i].WaitUntilItWaitsOn("journal");
  }
  const std::uint64_t before = shard_.store().stats().writes;
  gate.LetGo();
  std::set<std::int64_t> seq_nos;
  for (auto& one : writing) seq_nos.insert(one.get().results[0].seq_no);
  EXPECT_EQ(seq_nos, (std::set<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(shard_.store().stats().writes - before, 2u) << "the first, then the other three";
  EXPECT_EQ(shard_->write_stats().units, 4);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWrite, WaitsForRoomUnsealedAndIsWrittenThen) {
  std::atomic<int> refused = 0;
  inject::Armed armed(Point::kAppend, [&](tasks::TaskContext&) {
    return refused++ < 3 ? base::Status(503, "store_has_no_room_exception", "") : base::Status();
  });
  const Written written = Write(task_, Operations().Index("a").Update("a", R"({"doc":{"b":1}})"));
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(written.results[1].version, 2);
  EXPECT_TRUE(shard_.OpenAgain().ok());
}

TEST_F(AWrite, StoppedWhileItWaitsForRoomIsNotDone) {
  ASSERT_TRUE(shard_.OpenAgain(64 << 10).ok());
  std::promise<void> gate;
  shard_.store().SetBackgroundObserver([open = gate.get_future().share()](const auto& run) {
    if (run.began) open.wait();
  });
  const std::string document = "{\"x\":\"" + std::string(100 << 10, 'x') + "\"}";
  auto writing = std::async(std::launch::async, [&] {
    Operations operations;
    for (int i = 0; i < 100; ++i) operations.Index("id" + std::to_string(i), document);
    return Write(task_, operations);
  });
  task_.WaitUntilItWaitsOn("room in the store");
  task_.Stop();
  const Written written = writing.get();
  gate.set_value();
  EXPECT_EQ(written.status.code(), Code::kCancelled);
  EXPECT_GT(Done(written), 0u);
  EXPECT_EQ(Stored().size(), Done(written));
  EXPECT_EQ(written.settled.back(), Done(written)) << "a prefix";
  shard_.Close();
}

// Three writers on few ids, stopped at any moment, some by withdrawing their units; what they were
// told equals what is stored.
TEST_F(AWrite, RacedAgainstItsStopTellsWhatIsStored) {
  std::mt19937 random(20261124);
  std::map<std::string, std::pair<std::int64_t, std::string>> told;  // id -> newest done, source
  int stopped = 0, withdrawn = 0;
  for (int round = 0; round < 500; ++round) {
    constexpr int kWriters = 3;
    std::deque<LoneTask> tasks;
    for (int w = 0; w < kWriters; ++w) tasks.emplace_back(w);
    std::vector<Operations> requests(kWriters);
    for (int w = 0; w < kWriters; ++w) {
      for (int i = 0; i < 250; ++i) {
        const std::string id = "id" + std::to_string(random() % 300);
        const std::string source =
            R"({"r":)" + std::to_string(round * 10 + w) + R"(,"i":)" + std::to_string(i) + "}";
        const auto kind = random() % 8;
        if (kind == 0) {
          requests[w].Delete(id);
        } else if (kind == 1) {
          requests[w].Add(
              {.type = OpType::kUpdate,
               .id = id,
               .source = R"({"doc":{"u":)" + std::to_string(i) + R"(},"doc_as_upsert":true})",
               .retry_on_conflict = 3,
               .want_source = true});
        } else {
          requests[w].Index(id, source);
        }
      }
    }
    std::vector<std::future<Written>> writing;
    for (int w = 0; w < kWriters; ++w) {
      writing.push_back(
          std::async(std::launch::async, [&, w] { return Write(tasks[w], requests[w]); }));
    }
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
    while (std::chrono::steady_clock::now() < moment) std::this_thread::yield();
    for (LoneTask& task : tasks) {
      task.Stop();
      if (random() % 4 == 0) continue;  // the committer finds it
      const std::function<void()> then = shard_->Withdraw(task->id());
      withdrawn += static_cast<int>(then != nullptr);
      if (then) then();
    }

    for (int w = 0; w < kWriters; ++w) {
      const Written written = writing[w].get();
      const std::size_t done = Done(written);
      stopped += written.status.code() == Code::kCancelled;
      ASSERT_EQ(written.status.ok(), done == requests[w].size());
      ASSERT_EQ(written.settled.empty() ? 0 : written.settled.back(), done);
      for (std::size_t i = 0; i < requests[w].size(); ++i) {
        const OperationResult& result = written.results[i];
        ASSERT_EQ(result.outcome, i < done ? UnitOutcome::kDone : UnitOutcome::kNotDone)
            << "done ones are a prefix";
        if (i >= done || !result.error.ok()) continue;
        const Operation& operation = requests[w].span()[i];
        auto& newest = told[std::string(operation.id)];
        if (result.seq_no < newest.first) continue;
        newest = {result.seq_no, result.source.value_or(std::string(operation.source))};
      }
    }
    if (round % 50 != 49) continue;
    std::map<std::string, std::string> expected;
    for (const auto& [id, newest] : told) {
      if (!newest.second.empty()) expected[id] = newest.second;
    }
    ASSERT_EQ(Stored(), expected);
    for (const auto& [id, newest] : told) ASSERT_EQ(Get(id).found, !newest.second.empty());
    ASSERT_TRUE(shard_.OpenAgain().ok());
  }
  EXPECT_GT(stopped, 100) << "the race was run at all";
  EXPECT_GT(withdrawn, 0);
}

}  // namespace
}  // namespace engine
