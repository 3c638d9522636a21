// Several writers on one shard at once.

#include <future>

#include "base/json/tree.h"
#include "engine/shard/shard_fixture.h"

namespace engine {
namespace {

using inject::Point;
using tasks::UnitOutcome;

class Contention : public ShardFixture {
 protected:
  // Runs `work(w)` on `writers` threads.
  static void Together(int writers, const std::function<void(int)>& work) {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w) threads.emplace_back([&work, w] { work(w); });
  }
};

TEST_F(Contention, OfFourWritersNumbersEachOperationOnce) {
  constexpr int kWriters = 4, kRequests = 50, kOperations = 30;
  std::mutex mutex;
  std::set<std::int64_t> seq_nos;
  Together(kWriters, [&](int w) {
    LoneTask task;
    for (int r = 0; r < kRequests; ++r) {
      Operations operations;
      for (int i = 0; i < kOperations; ++i) {
        operations.Index("w" + std::to_string(w) + "-" + std::to_string(r * kOperations + i));
      }
      const Written written = Write(task, operations);
      ASSERT_TRUE(written.status.ok());
      std::lock_guard lock(mutex);
      std::int64_t before = -1;
      for (const OperationResult& result : written.results) {
        EXPECT_EQ(result.outcome, UnitOutcome::kDone);
        EXPECT_TRUE(seq_nos.insert(result.seq_no).second);
        EXPECT_GT(result.seq_no, before) << "in the order of the request";
        before = result.seq_no;
      }
    }
  });
  constexpr std::int64_t kAll = kWriters * kRequests * kOperations;
  EXPECT_EQ(*seq_nos.rbegin(), kAll - 1) << "without a hole";
  EXPECT_EQ(shard_->live_documents(), kAll);
  EXPECT_EQ(shard_->write_stats().operations, kAll);
  ASSERT_TRUE(shard_.OpenAgain().ok());
  EXPECT_EQ(Stored().size(), static_cast<std::size_t>(kAll));
}

TEST_F(Contention, ForOneIdLetsOneCreateWin) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> created = 0, refused = 0;
    Together(4, [&](int) {
      LoneTask task;
      const Written written = Write(task, Operations().Create("id" + std::to_string(round)));
      ++(written.results[0].error.ok() ? created : refused);
    });
    ASSERT_EQ(created, 1);
    ASSERT_EQ(refused, 3);
  }
}

TEST_F(Contention, CountsEveryVersionOfAHotDocument) {
  std::mutex mutex;
  std::set<std::int64_t> versions;
  Together(4, [&](int w) {
    LoneTask task;
    for (int i = 0; i < 100; ++i) {
      const Written written =
          Write(task, Operations().Index("hot", "{\"w\":" + std::to_string(w) + "}"));
      std::lock_guard lock(mutex);
      EXPECT_TRUE(versions.insert(written.results[0].version).second);
    }
  });
  EXPECT_EQ(*versions.rbegin(), 400);
  EXPECT_EQ(Get("hot").version, 400);
  EXPECT_EQ(Stored().size(), 1u);
}

// Each update adds a field of its own: none may be lost.
TEST_F(Contention, OfUpdatesLosesNone) {
  WriteOne(Operations().Index("hot"));
  constexpr int kWriters = 4, kUpdates = 50;
  Together(kWriters, [&](int w) {
    LoneTask task;
    for (int i = 0; i < kUpdates; ++i) {
      const std::string body =
          R"({"doc":{"w)" + std::to_string(w) + "_" + std::to_string(i) + R"(":1}})";
      const Written written = Write(task, Operations().Update("hot", body, 1000));
      ASSERT_TRUE(written.results[0].error.ok()) << written.results[0].error.reason();
    }
  });
  EXPECT_EQ(Get("hot").version, 1 + kWriters * kUpdates);
  const std::string source = Get("hot").source;
  const auto document = base::json::Document::Parse(source);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().members().size(), static_cast<std::size_t>(kWriters * kUpdates));
}

TEST_F(Contention, OfUpdatesWithoutRetriesLosesNoneItCalledDone) {
  WriteOne(Operations().Index("hot"));
  std::atomic<int> done = 0;
  Together(4, [&](int w) {
    LoneTask task;
    for (int i = 0; i < 100; ++i) {
      const std::string body =
          R"({"doc":{"w)" + std::to_string(w) + "_" + std::to_string(i) + R"(":1}})";
      const Written written = Write(task, Operations().Update("hot", body));
      if (written.results[0].error.ok()) {
        ++done;
      } else {
        EXPECT_EQ(written.results[0].error.http_status(), 409);
        EXPECT_NE(written.results[0].error.reason().find("required seqNo ["), std::string::npos);
      }
    }
  });
  EXPECT_EQ(Get("hot").version, 1 + done);
  const std::string source = Get("hot").source;
  EXPECT_EQ(base::json::Document::Parse(source)->root().members().size(),
            static_cast<std::size_t>(done));
}

TEST_F(Contention, OfUpsertsCreatesOnce) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> created = 0, updated = 0;
    const std::string id = "id" + std::to_string(round);
    Together(4, [&](int w) {
      LoneTask task;
      const std::string body =
          R"({"doc":{"w)" + std::to_string(w) + R"(":1},"doc_as_upsert":true})";
      const Written written = Write(task, Operations().Update(id, body, 100));
      created += written.results[0].result == OpResult::kCreated;
      updated += written.results[0].result == OpResult::kUpdated;
    });
    ASSERT_EQ(created, 1);
    ASSERT_EQ(updated, 3);
    const std::string source = Get(id).source;
    ASSERT_EQ(base::json::Document::Parse(source)->root().members().size(), 4u);
  }
}

// The base moves between the preparation of an update and its seal, as often as `times` says.
class MovedBase : public Contention {
 protected:
  Written UpdateWhileItMoves(int times, int retries) {
    WriteOne(Operations().Index("a", R"({"n":0})"));
    int moved = 0;
    inject::Armed armed(Point::kPrepared, [&](tasks::TaskContext& task) {
      if (&task != &*task_ || moved == times) return base::Status();
      ++moved;
      WriteOne(Operations().Index("a", R"({"n":)" + std::to_string(moved) + "}"));
      return base::Status();
    });
    return Write(
        task_,
        Operations().Index("before").Update("a", R"({"doc":{"m":1}})", retries).Index("behind"));
  }
  LoneTask task_;
};

TEST_F(MovedBase, IsFollowedAsOftenAsAsked) {
  const Written written = UpdateWhileItMoves(3, 3);
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(written.results[1].result, OpResult::kUpdated);
  EXPECT_EQ(written.results[2].outcome, UnitOutcome::kDone);
  EXPECT_EQ(Get("a").source, R"({"n":3,"m":1})");
  EXPECT_EQ(shard_->write_stats().retries, 3);
}

TEST_F(MovedBase, IsAConflictBehindTheLastRetry) {
  const Written written = UpdateWhileItMoves(3, 2);
  EXPECT_TRUE(written.status.ok());
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kDone);
  EXPECT_EQ(written.results[1].outcome, UnitOutcome::kNotDone);
  EXPECT_EQ(written.results[1].error.type(), "version_conflict_engine_exception");
  EXPECT_EQ(written.results[1].error.extras().size(), 3u);
  EXPECT_EQ(written.results[2].outcome, UnitOutcome::kDone);
  EXPECT_EQ(Get("a").source, R"({"n":3})");
  EXPECT_EQ(shard_->write_stats().retries, 2);
}

TEST_F(MovedBase, IsNotFollowedByAStoppedTask) {
  WriteOne(Operations().Index("a"));
  inject::Armed armed(Point::kPrepared, [&](tasks::TaskContext& task) {
    if (&task != &*task_) return base::Status();
    WriteOne(Operations().Index("a"));
    if (shard_->write_stats().retries == 10) task_.Stop();
    return base::Status();
  });
  const Written written = Write(task_, Operations().Update("a", R"({"doc":{"m":1}})", 1 << 30));
  EXPECT_EQ(written.status.code(), base::Code::kCancelled);
  EXPECT_EQ(written.results[0].outcome, UnitOutcome::kNotDone);
}

}  // namespace
}  // namespace engine
