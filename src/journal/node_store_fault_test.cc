// What the store does when the disk below it fails, and afterwards.

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <latch>

#include "journal/faulty_disk_fixture.h"
#include "journal/node_store.h"
#include "support/lone_task.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

using Batch = NodeStore::Batch;

// Occupies the one thread that flushes run on.
class HeldFlushes {
 public:
  explicit HeldFlushes(rocksdb::Env& env) : env_(env) {
    env_.SetBackgroundThreads(1, kFlushes);
    env_.Schedule([](void* held) { static_cast<HeldFlushes*>(held)->released_.wait(); }, this,
                  kFlushes);
  }
  // Returns when all flushes that have been scheduled have ended.
  ~HeldFlushes() {
    env_.Schedule([](void* held) { static_cast<HeldFlushes*>(held)->ended_.count_down(); }, this,
                  kFlushes);
    released_.count_down();
    ended_.wait();
  }

 private:
  static constexpr rocksdb::Env::Priority kFlushes = rocksdb::Env::Priority::HIGH;
  rocksdb::Env& env_;
  std::latch released_{1}, ended_{1};
};

class AStoreOnAFaultyDisk : public testing::Test {
 protected:
  AStoreOnAFaultyDisk() { Open(); }

  void Open(std::chrono::milliseconds prepare_resuming_after = {}) {
    store_.reset();
    auto opened = NodeStore::Open({.path = dir_.path(),
                                   .make_room =
                                       [this] {
                                         ++asked_for_room_;
                                         MakeRoom();
                                       },
                                   .prepare_resuming_after = prepare_resuming_after,
                                   .env = disk_.env()});
    ASSERT_TRUE(opened.ok()) << opened.status().reason();
    store_ = *std::move(opened);
  }
  // Before each attempt to resume.
  void MakeRoom() {
    recovery_held_.wait(true);
    if (room_to_make_.exchange(false)) disk_.full = false;
    if (heals_at_attempt_ > 0 && --heals_at_attempt_ == 0) disk_.write_error = false;
  }
  void ReleaseRecovery() {
    recovery_held_ = false;
    recovery_held_.notify_all();
  }
  base::Status Put(std::string_view key, std::string_view value) {
    Batch batch;
    batch.Put(Family::kMeta, key, value);
    return store_->WriteNow(batch, Durability::kSynced);
  }
  static constexpr std::size_t kOwnFamilies = 5;
  std::size_t Families() const {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, dir_.path(), &names).ok());
    return names.size();
  }
  std::string Get(std::string_view key) const {
    const auto value = store_->Get(Family::kMeta, key);
    EXPECT_TRUE(value.ok()) << value.status().reason();
    return value.ok() && *value ? **value : "none";
  }

  bool Resumes() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!store_->AwaitWritable().ok()) {
      if (std::chrono::steady_clock::now() > until) return false;
      store_->TryAgain();
      std::this_thread::yield();
    }
    return true;
  }
  void FailAWrite() {
    disk_.only = ".log";
    disk_.write_error = true;
    Batch batch;
    batch.Put(Family::kMeta, "lost", "1");
    EXPECT_EQ(store_->WriteIfRoom(batch, Durability::kSynced).code(), base::Code::kOutcomeUnknown);
  }
  // A flush that has been scheduled before begins after the error, and before the store resumes.
  void FailAWriteWhileAFlushIsDue() {
    recovery_held_ = true;
    const HeldFlushes held(*disk_.env());
    EXPECT_TRUE(Put("large", std::string(5 << 20, 'x')).ok());  // more than a memtable
    EXPECT_TRUE(Put("small", "1").ok());                        // schedules the flush
    FailAWrite();
  }

  const TempDir dir_;
  FaultyDisk disk_;
  std::atomic<bool> room_to_make_{false}, recovery_held_{false};
  std::atomic<int> asked_for_room_{0}, heals_at_attempt_{0};
  std::unique_ptr<NodeStore> store_;
};

TEST_F(AStoreOnAFaultyDisk, WritesMetadataInTheRoomThatIsKeptForThem) {
  ASSERT_TRUE(Put("a", "1").ok());
  room_to_make_ = true;
  disk_.full = true;
  EXPECT_TRUE(Put("b", "2").ok());
  EXPECT_GE(asked_for_room_, 1);
  Open();
  EXPECT_EQ(Get("a") + Get("b"), "12");
}

TEST_F(AStoreOnAFaultyDisk, RefusesAtOnceWhatItCannotWriteAndSaysWhy) {
  disk_.full = true;
  EXPECT_FALSE(Put("a", "1").ok());
  while (!NodeStore::IsRefused(store_->CheckWritable())) std::this_thread::yield();
  LoneTask task;
  Batch batch;
  batch.Put(Family::kMeta, "a", "2");
  const base::Status refused = store_->Write(task, batch, Durability::kSynced);
  EXPECT_TRUE(NodeStore::IsRefused(refused));
  EXPECT_EQ(refused.http_status(), 503);
  EXPECT_NE(refused.reason().find("No space left on device"), std::string::npos);
  EXPECT_TRUE(store_->trouble().out_of_space);
  disk_.full = false;
  store_->TryAgain();
  while (!store_->AwaitWritable().ok()) std::this_thread::yield();
  EXPECT_TRUE(store_->Write(task, batch, Durability::kSynced).ok());
  EXPECT_TRUE(store_->trouble().error.empty());
}

// What they ask RocksDB for would be in the way of its resuming.
TEST_F(AStoreOnAFaultyDisk, NeitherFlushesNorCompactsWhileItRefusesWrites) {
  disk_.full = true;
  EXPECT_FALSE(Put("a", "1").ok());
  while (!NodeStore::IsRefused(store_->CheckWritable())) std::this_thread::yield();
  LoneTask task;
  EXPECT_FALSE(store_->Flush(task).ok());
  EXPECT_TRUE(NodeStore::IsRefused(store_->Compact(task, Family::kMeta, "a", "b")));
  disk_.full = false;
}

TEST_F(AStoreOnAFaultyDisk, ServesReadsWhileItRefusesWrites) {
  ASSERT_TRUE(Put("a", "1").ok());
  disk_.sync_error = true;
  EXPECT_FALSE(Put("b", "2").ok());
  EXPECT_EQ(Get("a"), "1");
  disk_.sync_error = false;
}

TEST_F(AStoreOnAFaultyDisk, LosesNothingWhenAFlushFails) {
  ASSERT_TRUE(Put("a", "1").ok());
  disk_.only = ".sst";
  disk_.write_error = true;
  LoneTask task;
  EXPECT_FALSE(store_->Flush(task).ok());
  disk_.write_error = false;
  store_->TryAgain();
  while (!store_->AwaitWritable().ok()) std::this_thread::yield();
  EXPECT_TRUE(Put("b", "2").ok());
  Open();
  EXPECT_EQ(Get("a") + Get("b"), "12");
}

// The list of the store's files is what a flush and a new log are entered into.
TEST_F(AStoreOnAFaultyDisk, GoesOnAfterItsListOfFilesCouldNotBeWritten) {
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(Put("k" + std::to_string(round), "1").ok());
    disk_.only = "MANIFEST";
    disk_.full = true;
    LoneTask task;
    EXPECT_FALSE(store_->Flush(task).ok());
    disk_.full = false;
    store_->TryAgain();
    while (!store_->AwaitWritable().ok()) std::this_thread::yield();
  }
  ASSERT_TRUE(Put("last", "1").ok());
  Open();
  EXPECT_EQ(Get("k0") + Get("k1") + Get("last"), "111");
}

// The flush begins in vain, and RocksDB does not schedule it again by itself.
TEST_F(AStoreOnAFaultyDisk, ResumesThoughAFlushBeganDuringTheError) {
  for (int round = 0; round < 3; ++round) {
    FailAWriteWhileAFlushIsDue();
    disk_.write_error = false;
    ReleaseRecovery();
    const base::Status resumed = store_->AwaitWritable();
    ASSERT_TRUE(resumed.ok()) << "round " << round << ": " << resumed.reason();
    ASSERT_TRUE(Put("k" + std::to_string(round), "1").ok());
  }
  Open();
  EXPECT_EQ(Get("k0") + Get("k1") + Get("k2"), "111");
}

// Each of them may leave a flush behind.
TEST_F(AStoreOnAFaultyDisk, ResumesAfterAttemptsThatFailed) {
  FailAWriteWhileAFlushIsDue();
  disk_.only = ".sst";
  heals_at_attempt_ = 4;
  ReleaseRecovery();
  ASSERT_TRUE(Resumes());
  EXPECT_TRUE(Put("after", "1").ok());
}

TEST_F(AStoreOnAFaultyDisk, ResumesThoughWhatThatMayNeedCouldNotBePrepared) {
  recovery_held_ = true;
  Open(std::chrono::milliseconds(500));
  disk_.only = "MANIFEST";
  disk_.write_error = true;
  while (disk_.failed == 0) std::this_thread::yield();
  FailAWrite();
  disk_.write_error = false;
  ReleaseRecovery();
  ASSERT_TRUE(Resumes());
  EXPECT_TRUE(Put("after", "1").ok());
  Open();
  EXPECT_EQ(Get("after"), "1");
}

// What has been done of it need not be done again, and the rest is.
TEST_F(AStoreOnAFaultyDisk, ResumesThoughPreparingHasFailedHalfway) {
  recovery_held_ = true;
  Open(std::chrono::milliseconds(500));
  disk_.only = ".log";
  disk_.write_error = true;
  while (disk_.failed == 0) std::this_thread::yield();
  disk_.write_error = false;
  ReleaseRecovery();
  ASSERT_TRUE(Resumes());
  while (Families() > kOwnFamilies) std::this_thread::yield();
  FailAWriteWhileAFlushIsDue();
  disk_.write_error = false;
  ReleaseRecovery();
  EXPECT_TRUE(Resumes());
}

TEST_F(AStoreOnAFaultyDisk, ResumesThoughItsListOfFilesStillHasDeletedOnes) {
  Batch batch;
  batch.Put(Family::kDocs, "k", "v");
  ASSERT_TRUE(store_->WriteNow(batch, Durability::kSynced).ok());
  LoneTask task;
  ASSERT_TRUE(store_->Flush(task).ok());
  ASSERT_TRUE(store_->Compact(task, Family::kDocs, "", "z").ok());
  disk_.only = "MANIFEST";
  disk_.full = true;
  store_->DeleteFiles("a", "z");
  EXPECT_GT(disk_.failed, 0);
  disk_.full = false;
  FailAWrite();
  disk_.write_error = false;
  EXPECT_TRUE(Resumes());
  EXPECT_TRUE(Put("after", "1").ok());
}

// Nothing is left in memory then that makes RocksDB replace the log.
TEST_F(AStoreOnAFaultyDisk, ResumesThoughTheFirstWriteToTheNewLogFailed) {
  ASSERT_TRUE(Put("before", "1").ok());
  std::atomic<bool> flushed{false};
  store_->SetBackgroundObserver([&](const NodeStore::BackgroundRun& run) {
    if (!run.began && !flushed.exchange(true)) disk_.write_error = true;
  });
  recovery_held_ = true;
  FailAWrite();
  disk_.write_error = false;
  heals_at_attempt_ = 2;
  ReleaseRecovery();
  const bool resumes = Resumes();
  store_->SetBackgroundObserver(nullptr);
  ASSERT_TRUE(resumes);
  EXPECT_TRUE(Put("after", "1").ok());
  Open();
  EXPECT_EQ(Get("before") + Get("after"), "11");
}

// For a moment stores have families that make RocksDB schedule flushes.
class TheFamiliesOfAStore : public AStoreOnAFaultyDisk {
 protected:
  static constexpr const char* kLeftOver = "flush-slack-1";
  std::vector<std::string> Names() {
    store_.reset();
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, dir_.path(), &names).ok());
    return names;
  }
  // As a process does that ends while it opens a store.
  void LeaveOneOver() {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : Names()) families.push_back({name, {}});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, dir_.path(), families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    ASSERT_TRUE(db->CreateColumnFamily({}, kLeftOver, &handles.emplace_back()).ok());
    ASSERT_TRUE(db->Put({}, handles.back(), "unflushed", "").ok());
    for (auto* const handle : handles) ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  const std::vector<std::string> own_{"default", "docs", "ids", "log", "meta"};
};

TEST_F(TheFamiliesOfAStore, AreItsOwnOnceItIsOpen) {
  EXPECT_TRUE(Put("a", "1").ok());
  EXPECT_EQ(Names(), own_);
  Open();
  EXPECT_EQ(Get("a"), "1");
}

TEST_F(TheFamiliesOfAStore, AreItsOwnAgainAfterAProcessEndedWhileItOpenedIt) {
  EXPECT_TRUE(Put("a", "1").ok());
  LeaveOneOver();
  EXPECT_EQ(Names().size(), own_.size() + 1);
  Open();
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Names(), own_);
}

}  // namespace
}  // namespace journal
