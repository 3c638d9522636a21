// What the store does when its compactions find no room.

#include <gtest/gtest.h>

#include <random>

#include "journal/disk_room.h"
#include "journal/node_store.h"
#include "support/lone_task.h"
#include "support/temp_dir.h"

namespace journal {
namespace {

using Batch = NodeStore::Batch;

constexpr std::uint64_t kReserve = 10 << 20, kPlenty = 1 << 30;
constexpr int kFilesThatMakeWritesWait = 24;

class AStoreWithoutRoom : public testing::Test {
 protected:
  AStoreWithoutRoom() { Open(); }

  void Open() {
    store_.reset();
    auto opened = NodeStore::Open({.path = dir_.path() + "/store", .room = &room_});
    ASSERT_TRUE(opened.ok()) << opened.status().reason();
    store_ = *std::move(opened);
  }
  void SetAvailable(std::uint64_t bytes) {
    available_ = bytes;
    room_.Look();
  }
  // One more file in level 0, in which the same keys are written again.
  void WriteFile() {
    Batch batch;
    for (int i = 0; i < 100; ++i) {
      std::string value(1000, '\0');
      for (char& byte : value) byte = static_cast<char>(random_());
      batch.Put(Family::kDocs, std::to_string(i), value);
    }
    ASSERT_TRUE(store_->WriteNow(batch, Durability::kSynced).ok());
    ASSERT_TRUE(store_->Flush(task_).ok());
  }
  bool HasRoomForAWrite() {
    Batch batch;
    batch.Put(Family::kIds, "a", "1");
    const base::Status status = store_->WriteIfRoom(batch, Durability::kAsync);
    EXPECT_TRUE(status.ok() || NodeStore::IsNoRoom(status)) << status.reason();
    return status.ok();
  }

  const TempDir dir_;
  LoneTask task_;
  std::atomic<std::uint64_t> available_{kReserve};
  std::mt19937 random_{1};  // so that nothing is compressed
  DiskRoom room_{{.directory = dir_.path(), .reserve_bytes = kReserve, .look = [this] {
                    return DiskSpace{.total = 2 * kPlenty, .available = available_};
                  }}};
  std::unique_ptr<NodeStore> store_;
};

TEST_F(AStoreWithoutRoom, LetsDocumentsWaitForACompactionUntilItProvesStuck) {
  EXPECT_TRUE(HasRoomForAWrite());
  WriteFile();
  EXPECT_FALSE(HasRoomForAWrite());
  store_->CheckCompactions();
  EXPECT_FALSE(room_.full());
  while (!room_.full()) store_->CheckCompactions();  // the flush may not have ended yet
  EXPECT_TRUE(HasRoomForAWrite());                   // as documents are refused, a deletion
  SetAvailable(kPlenty);
  store_->CheckCompactions();
  EXPECT_FALSE(room_.full());
  EXPECT_TRUE(HasRoomForAWrite());
}

TEST_F(AStoreWithoutRoom, WritesMetadataAndOpensHoweverFarCompactionsAreBehind) {
  for (int i = 0; i < kFilesThatMakeWritesWait; ++i) WriteFile();
  Batch batch;
  batch.Put(Family::kMeta, "a", "1");
  EXPECT_TRUE(store_->WriteNow(batch, Durability::kSynced).ok());
  Open();
  EXPECT_TRUE(store_->WriteNow(batch, Durability::kSynced).ok());
  SetAvailable(kReserve + (1 << 20));
  EXPECT_FALSE(HasRoomForAWrite());  // too many files, whatever the room
}

TEST_F(AStoreWithoutRoom, CompactsInPiecesThatFit) {
  WriteFile();
  const std::uint64_t one = store_->stats().disk_bytes;
  for (int i = 1; i < 16; ++i) WriteFile();
  SetAvailable(kReserve + one / 2);
  EXPECT_TRUE(NodeStore::IsNoRoom(store_->Reclaim(task_)));
  EXPECT_GT(store_->stats().disk_bytes, 15 * one);
  SetAvailable(kReserve + 9 * one);
  EXPECT_TRUE(store_->Reclaim(task_).ok());
  EXPECT_LT(store_->stats().disk_bytes, 2 * one);
}

}  // namespace
}  // namespace journal
