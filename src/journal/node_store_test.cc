#include "journal/node_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "support/lone_task.h"
#include "support/other_process.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

using base::Code;
using Batch = NodeStore::Batch;

class Store : public testing::Test {
 protected:
  Store() { Reopen(); }

  void Reopen(std::size_t write_buffer_bytes = 32 << 20) {
    store_.reset();
    auto opened = NodeStore::Open({.path = dir_.path(), .write_buffer_bytes = write_buffer_bytes});
    ASSERT_TRUE(opened.ok()) << opened.status().reason();
    store_ = *std::move(opened);
  }
  void Put(Family family, std::string_view key, std::string_view value) {
    Batch batch;
    batch.Put(family, key, value);
    ASSERT_TRUE(store_->WriteNow(batch, Durability::kSynced).ok());
  }
  std::string Get(Family family, std::string_view key,
                  const NodeStore::SnapshotPtr& at = nullptr) const {
    const auto value = store_->Get(family, key, at);
    EXPECT_TRUE(value.ok());
    return value.ok() && *value ? **value : "none";
  }

  const TempDir dir_;
  LoneTask task_;
  std::unique_ptr<NodeStore> store_;
};

TEST_F(Store, KeepsFamiliesApartAndOutlivesAReopen) {
  Put(Family::kDocs, "k", "doc");
  Put(Family::kIds, "k", "id");
  Put(Family::kMeta, "k", "meta");
  Reopen();
  EXPECT_EQ(Get(Family::kDocs, "k"), "doc");
  EXPECT_EQ(Get(Family::kIds, "k"), "id");
  EXPECT_EQ(Get(Family::kLog, "k"), "none");
  EXPECT_EQ(Get(Family::kMeta, "k"), "meta");
}

TEST_F(Store, ReadsFromMemoryWhatIsThereAndSmall) {
  Put(Family::kDocs, "small", "x");
  Put(Family::kDocs, "large", std::string(100'000, 'x'));
  const auto read = [this](std::string_view key) {
    return store_->Get(Family::kDocs, key, nullptr, ReadTier::kMemory);
  };
  EXPECT_EQ(**read("small"), "x");
  EXPECT_EQ(*read("other"), std::nullopt);
  EXPECT_TRUE(NodeStore::IsNotInMemory(read("large").status()));
  ASSERT_TRUE(store_->Flush(task_).ok());
  Reopen();
  EXPECT_TRUE(NodeStore::IsNotInMemory(read("small").status())) << "it is on the disk";
  EXPECT_EQ(Get(Family::kDocs, "small"), "x");
  EXPECT_EQ(**read("small"), "x") << "it is in the cache now";
}

// A file that is not open is not read, and RocksDB then says OK and tells no value.
TEST_F(Store, DoesNotTakeAFileThatIsNotOpenForAnAnswer) {
  constexpr int kFiles = 40;  // more than RocksDB opens at once
  for (int i = 0; i < kFiles; ++i) {
    Put(Family::kIds, "key" + std::to_string(i), "value");
    ASSERT_TRUE(store_->Flush(task_).ok());
  }
  Reopen();
  for (int i = 0; i <= kFiles; ++i) {
    const auto read =
        store_->Get(Family::kIds, "key" + std::to_string(i), nullptr, ReadTier::kMemory);
    if (read.ok()) {
      EXPECT_EQ(*read, i < kFiles ? std::optional<std::string>("value") : std::nullopt);
    } else {
      EXPECT_TRUE(NodeStore::IsNotInMemory(read.status()));
    }
  }
}

TEST_F(Store, WritesABatchAllOrNothingInItsOrder) {
  Put(Family::kDocs, "a1", "old");
  Batch batch;
  batch.Put(Family::kDocs, "a2", "x");
  batch.Delete(Family::kDocs, "a1");
  batch.Delete(Family::kDocs, "a2");
  batch.Put(Family::kDocs, "a3", "y");
  batch.Put(Family::kIds, "i", "z");
  batch.Delete(Family::kIds, "i");
  ASSERT_TRUE(store_->Write(task_, batch, Durability::kSynced).ok());
  EXPECT_EQ(Get(Family::kDocs, "a1"), "none");
  EXPECT_EQ(Get(Family::kDocs, "a2"), "none");
  EXPECT_EQ(Get(Family::kDocs, "a3"), "y");
  EXPECT_EQ(Get(Family::kIds, "i"), "none");
}

TEST_F(Store, ScansItsRangeInOrderUntilToldToStop) {
  for (const char* key : {"b1", "a2", "a1", "c"}) Put(Family::kDocs, key, key);
  std::string seen;
  const auto visit = [&](std::string_view key, std::string_view) {
    seen += std::string(key) + " ";
    return key != "b1";
  };
  ASSERT_TRUE(store_->Scan(Family::kDocs, "a", "b", visit).ok());
  EXPECT_EQ(seen, "a1 a2 ");
  ASSERT_TRUE(store_->Scan(Family::kDocs, "a2", "z", visit).ok());
  EXPECT_EQ(seen, "a1 a2 a2 b1 ");
}

TEST_F(Store, FindsTheLastOfARangeAndNotThatOfItsNeighbour) {
  for (const char* key : {"a1", "a2", "c1"}) Put(Family::kLog, key, key);
  EXPECT_EQ((*store_->Last(Family::kLog, "a", "b"))->first, "a2");
  EXPECT_FALSE(store_->Last(Family::kLog, "b", "c")->has_value());
  EXPECT_FALSE(store_->Last(Family::kLog, "", "a")->has_value());
}

TEST_F(Store, ShowsASnapshotWhatItFroze) {
  Put(Family::kDocs, "k", "old");
  auto snapshot = store_->Freeze();
  Put(Family::kDocs, "k", "new");
  Put(Family::kDocs, "k2", "new");
  EXPECT_EQ(Get(Family::kDocs, "k", snapshot), "old");
  EXPECT_EQ(Get(Family::kDocs, "k"), "new");
  int seen = 0;
  ASSERT_TRUE(store_
                  ->Scan(
                      Family::kDocs, "a", "z",
                      [&](auto, auto value) {
                        EXPECT_EQ(value, "old");
                        return ++seen > 0;
                      },
                      snapshot)
                  .ok());
  EXPECT_EQ(seen, 1);
}

// A store whose flushes are held at their begin until it is let go.
class FullStore : public Store {
 protected:
  void SetUp() override {
    Reopen(64 << 10);
    store_->SetBackgroundObserver([this](const NodeStore::BackgroundRun& run) {
      if (run.began) open_.wait();
    });
    const std::string value(16 << 10, 'x');
    base::Status status;
    for (int i = 0; status.ok(); ++i) {
      Batch batch;
      batch.Put(Family::kDocs, "key" + std::to_string(i), value);
      status = store_->WriteIfRoom(batch, Durability::kAsync);
      ASSERT_LT(i, 10'000) << "it never was full";
    }
    EXPECT_TRUE(NodeStore::IsNoRoom(status)) << status.reason();
    EXPECT_EQ(status.code(), Code::kFailed) << "nothing was begun";
  }
  ~FullStore() override {
    LetGo();
    store_.reset();
  }
  void LetGo() {
    if (!std::exchange(let_go_, true)) gate_.set_value();
  }
  std::future<base::Status> WriteLater() {
    return std::async(std::launch::async, [this] {
      Batch batch;
      batch.Put(Family::kDocs, "late", "x");
      return store_->Write(task_, batch, Durability::kSynced);
    });
  }
  std::promise<void> gate_;
  std::shared_future<void> open_ = gate_.get_future().share();
  bool let_go_ = false;
};

TEST_F(FullStore, LetsAWriteWaitForRoom) {
  std::future<base::Status> written = WriteLater();
  task_.WaitUntilItWaitsOn("room in the store");
  LetGo();
  EXPECT_TRUE(written.get().ok());
  EXPECT_EQ(Get(Family::kDocs, "late"), "x");
  EXPECT_GT(store_->stats().stalls, 0u);
}

TEST_F(FullStore, EndsTheWaitOfAStoppedTaskWithNothingBegun) {
  std::future<base::Status> written = WriteLater();
  task_.WaitUntilItWaitsOn("room in the store");
  task_.Stop();
  EXPECT_EQ(written.get().code(), Code::kCancelled);
  LetGo();
  EXPECT_EQ(Get(Family::kDocs, "late"), "none");
}

TEST_F(FullStore, EndsTheFlushOfAStoppedTask) {
  auto flushed = std::async(std::launch::async, [this] { return store_->Flush(task_); });
  task_.WaitUntilItWaitsOn("flush");
  task_.Stop();
  EXPECT_EQ(flushed.get().code(), Code::kCancelled);
}

TEST_F(Store, FlushesItsMemtables) {
  Put(Family::kDocs, "k", std::string(100'000, 'x'));
  EXPECT_EQ(store_->stats().disk_bytes, 0u);
  EXPECT_TRUE(store_->Flush(task_).ok());
  EXPECT_GT(store_->stats().disk_bytes, 0u);
}

TEST_F(Store, TellsOfItsBackgroundRunsByName) {
  std::atomic<int> began = 0, ended = 0;
  store_->SetBackgroundObserver([&](const NodeStore::BackgroundRun& run) {
    EXPECT_STREQ(run.kind, "flush");
    ++(run.began ? began : ended);
  });
  Put(Family::kDocs, "k", "v");
  ASSERT_TRUE(store_->Flush(task_).ok());
  while (ended == 0) std::this_thread::yield();  // told behind our own wake-up at times
  EXPECT_EQ(began, 1);
  store_->SetBackgroundObserver(nullptr);
}

TEST_F(Store, TellsTheEndOfAFlushThatFails) {
  std::atomic<int> began = 0, ended = 0;
  store_->SetBackgroundObserver([&](const NodeStore::BackgroundRun& run) {
    if (run.began) std::filesystem::remove_all(dir_.path());  // it cannot make its file
    ++(run.began ? began : ended);
  });
  Put(Family::kDocs, "k", "v");
  EXPECT_FALSE(store_->Flush(task_).ok());
  store_.reset();  // waits for its threads
  EXPECT_GE(began, 1);
  EXPECT_EQ(ended, began);
}

class DiscardingStore : public Store {
 protected:
  static std::string Prefix(char last) { return std::string(7, '\0') + last; }
  void Fill(char prefix) {
    Batch batch;
    for (int k = 0; k < 5000; ++k) {
      for (const Family family : {Family::kDocs, Family::kIds, Family::kLog})
        batch.Put(family, Prefix(prefix) + std::to_string(k), base::RandomId() + base::RandomId());
    }
    ASSERT_TRUE(store_->WriteNow(batch, Durability::kAsync).ok());
  }
  std::size_t Count(char prefix) const {
    std::size_t count = 0;
    for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
      EXPECT_TRUE(store_
                      ->Scan(family, Prefix(prefix), Prefix(prefix + 1),
                             [&](auto, auto) { return ++count != 0; })
                      .ok());
    }
    return count;
  }
  void CompactAll() {
    for (const Family family : {Family::kDocs, Family::kIds, Family::kLog})
      ASSERT_TRUE(store_->Compact(task_, family, "", std::string(9, '\xff')).ok());
  }
};

TEST_F(DiscardingStore, LeavesOutWhatWasDiscardedWhenItFlushesAndCompacts) {
  for (const char prefix : {'a', 'b', 'c'}) Fill(prefix);
  ASSERT_TRUE(store_->Flush(task_).ok());
  CompactAll();
  const std::uint64_t before = store_->stats().disk_bytes;
  Fill('b');
  store_->Discard(Prefix('b'), Prefix('c'));
  EXPECT_TRUE(store_->Discards(Prefix('b')));
  ASSERT_TRUE(store_->Flush(task_).ok());
  CompactAll();
  EXPECT_EQ(Count('a'), 15'000u);
  EXPECT_EQ(Count('b'), 0u);
  EXPECT_EQ(Count('c'), 15'000u);
  EXPECT_LT(store_->stats().disk_bytes, before * 3 / 4);
}

TEST_F(DiscardingStore, DeletesAtOnceTheFilesThatHaveNothingElse) {
  Fill('a');
  ASSERT_TRUE(store_->Flush(task_).ok());
  CompactAll();
  store_->Discard(Prefix('a'), Prefix('b'));
  EXPECT_EQ(Count('a'), 0u);
}

TEST_F(DiscardingStore, CompactsTheFilesThatStillHaveSomeOfIt) {
  for (const char prefix : {'a', 'b', 'c'}) Fill(prefix);
  ASSERT_TRUE(store_->Flush(task_).ok());
  CompactAll();
  store_->Discard(Prefix('b'), Prefix('c'));
  EXPECT_EQ(Count('b'), 15'000u) << "it shares its files";
  ASSERT_TRUE(store_->ReclaimDiscarded(task_).ok());
  EXPECT_EQ(Count('a') + Count('c'), 30'000u);
  EXPECT_EQ(Count('b'), 0u);
}

TEST_F(DiscardingStore, KeepsWhatIsWrittenOnceDiscardingHasEnded) {
  store_->Discard(Prefix('a'), Prefix('b'));
  store_->EndDiscard(Prefix('a'));
  EXPECT_FALSE(store_->Discards(Prefix('a')));
  Fill('a');
  ASSERT_TRUE(store_->Flush(task_).ok());
  CompactAll();
  EXPECT_EQ(Count('a'), 15'000u);
}

TEST_F(Store, DoesNotBeginACompactionForAStoppedTask) {
  Put(Family::kDocs, "k", "v");
  task_.Stop();
  EXPECT_EQ(store_->Compact(task_, Family::kDocs, "a", "z").code(), Code::kCancelled);
}

TEST_F(Store, StopsARunningCompaction) {
  std::string value;
  for (int i = 0; i < 100; ++i) value += base::RandomId();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) {
      Batch batch;
      for (int k = 0; k < 50; ++k) {
        batch.Put(Family::kDocs, "a" + std::to_string((i * 50 + k) * 7919 % 2000), value);
      }
      ASSERT_TRUE(store_->WriteNow(batch, Durability::kAsync).ok());
    }
    LoneTask flush;
    ASSERT_TRUE(store_->Flush(flush).ok());
  }
  store_->SetBackgroundObserver([&](const NodeStore::BackgroundRun& run) {
    if (run.began && run.kind == std::string_view("compaction")) task_.Stop();
  });
  EXPECT_EQ(store_->Compact(task_, Family::kDocs, "a", "b").code(), Code::kCancelled);
  store_->SetBackgroundObserver(nullptr);
  EXPECT_EQ(Get(Family::kDocs, "a1"), value) << "and nothing is lost";
}

TEST(OtherProcessOfStore, DISABLED_Writes) {
  auto store = NodeStore::Open({.path = OtherProcess::Argument()});
  for (int i = 0; store.ok(); ++i) {
    Batch batch;
    batch.Put(Family::kDocs, "key" + std::to_string(i), "v");
    ASSERT_TRUE((*store)->WriteNow(batch, Durability::kSynced).ok());
    OtherProcess::Tell(i);
  }
}

TEST_F(Store, HasWhatWasSyncedWhenItsProcessIsKilled) {
  store_.reset();
  OtherProcess other("OtherProcessOfStore.DISABLED_Writes", dir_.path());
  std::int64_t last = 0;
  while (last < 100) last = other.Hear().value_or(1000);
  other.Kill();
  for (auto more = other.Hear(); more; more = other.Hear()) last = *more;
  ASSERT_LT(last, 1000);
  Reopen();
  for (int i = 0; i <= last; ++i) EXPECT_EQ(Get(Family::kDocs, "key" + std::to_string(i)), "v");
}

// The write-ahead log of a store that has written 100 keys, each of a batch of its own.
class LogOfStore : public Store {
 protected:
  LogOfStore() {
    for (int i = 0; i < 100; ++i) {
      Batch batch;
      batch.Put(Family::kDocs, "key" + std::to_string(i), "value");
      EXPECT_TRUE(store_->WriteNow(batch, Durability::kAsync).ok());
    }
    store_.reset();
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      if (entry.path().extension() == ".log" && entry.file_size() > 0) log_ = entry.path();
    }
  }
  std::filesystem::path log_;
};

TEST_F(LogOfStore, MayEndInAnUnfinishedWrite) {
  std::filesystem::resize_file(log_, std::filesystem::file_size(log_) - 3);
  Reopen();
  EXPECT_EQ(Get(Family::kDocs, "key98"), "value");
  EXPECT_EQ(Get(Family::kDocs, "key99"), "none");
}

TEST_F(LogOfStore, IsRefusedIfItIsDamagedBeforeItsEnd) {
  std::fstream file(log_, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  file.seekp(static_cast<std::streamoff>(bytes.find("key50")));
  file.put('K');
  file.close();
  const auto opened = NodeStore::Open({.path = dir_.path()});
  ASSERT_FALSE(opened.ok()) << "what follows the damage had been acknowledged";
  EXPECT_EQ(opened.status().type(), "corrupt_store_exception");
}

TEST_F(Store, CannotBeOpenedTwice) {
  const auto second = NodeStore::Open({.path = dir_.path()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().type(), "i_o_exception");
  EXPECT_NE(second.status().reason().find(dir_.path()), std::string::npos);
}

}  // namespace
}  // namespace journal
