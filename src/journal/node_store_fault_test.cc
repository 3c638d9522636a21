// What the store does when the disk below it fails, and afterwards.

#include <gtest/gtest.h>

#include "journal/faulty_disk_fixture.h"
#include "journal/node_store.h"
#include "support/lone_task.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

using Batch = NodeStore::Batch;

class AStoreOnAFaultyDisk : public testing::Test {
 protected:
  AStoreOnAFaultyDisk() { Open(); }

  void Open() {
    store_.reset();
    auto opened = NodeStore::Open({.path = dir_.path(),
                                   .make_room =
                                       [this] {
                                         ++asked_for_room_;
                                         MakeRoom();
                                       },
                                   .env = disk_.env()});
    ASSERT_TRUE(opened.ok()) << opened.status().reason();
    store_ = *std::move(opened);
  }
  void MakeRoom() {
    if (room_to_make_.exchange(false)) disk_.full = false;
  }
  base::Status Put(std::string_view key, std::string_view value) {
    Batch batch;
    batch.Put(Family::kMeta, key, value);
    return store_->WriteNow(batch, Durability::kSynced);
  }
  std::string Get(std::string_view key) const {
    const auto value = store_->Get(Family::kMeta, key);
    EXPECT_TRUE(value.ok()) << value.status().reason();
    return value.ok() && *value ? **value : "none";
  }

  const TempDir dir_;
  FaultyDisk disk_;
  std::atomic<bool> room_to_make_{false};
  std::atomic<int> asked_for_room_{0};
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

}  // namespace
}  // namespace journal
