#include "journal/disk_room.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace journal {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

class ARoom : public testing::Test {
 protected:
  bool BallastIsThere() const { return std::filesystem::exists(dir_.path() + "/ballast"); }

  const TempDir dir_;
  DiskSpace space_{.total = 1000 * kMegabyte, .available = 500 * kMegabyte};
  int looks_ = 0;
  DiskRoom room_{{.directory = dir_.path(),
                  .reserve_bytes = 20 * kMegabyte,
                  .compaction_bytes = 20 * kMegabyte,
                  .ballast_bytes = kMegabyte,
                  .look = [this] { return ++looks_, space_; }}};
};

TEST_F(ARoom, IsFullBelowTheFloodStageAndNoLongerAboveIt) {
  room_.SetFloodBytes(50 * kMegabyte);
  space_.available = 50 * kMegabyte;
  room_.Look();
  EXPECT_FALSE(room_.full());
  space_.available -= 1;
  room_.Look();
  EXPECT_TRUE(room_.full());
  space_.available += 1;
  room_.Look();
  EXPECT_FALSE(room_.full());
}

TEST_F(ARoom, KeepsWhatFlushesAndCompactionsWantAlsoWithoutWatermarks) {
  space_.available = 40 * kMegabyte;
  room_.Look();
  EXPECT_FALSE(room_.full());
  space_.available -= 1;
  room_.Look();
  EXPECT_TRUE(room_.full());
}

TEST_F(ARoom, LeavesWhatACompactionUnderWayMayStillWrite) {
  space_.available = 79 * kMegabyte;
  room_.CompactionBegan(60 * kMegabyte);
  EXPECT_TRUE(room_.full());
  space_.available = 80 * kMegabyte;
  room_.Look();
  EXPECT_FALSE(room_.full());
  space_.available = 40 * kMegabyte;
  room_.CompactionEnded(60 * kMegabyte);
  EXPECT_FALSE(room_.full());
}

TEST_F(ARoom, IsTightWhenTheNextCompactionFindsNone) {
  EXPECT_FALSE(room_.tight());
  room_.SetNextCompaction(480 * kMegabyte);
  EXPECT_FALSE(room_.tight());
  room_.SetNextCompaction(481 * kMegabyte);
  EXPECT_TRUE(room_.tight());
  EXPECT_FALSE(room_.full()) << "documents wait, they are not refused";
}

TEST_F(ARoom, IsLookedAtAfterSoManyBytes) {
  for (int i = 0; i < 1024; ++i) room_.Wrote(kMegabyte / 64);
  EXPECT_EQ(looks_, 16);
  room_.Wrote(100 * kMegabyte);
  EXPECT_EQ(looks_, 17);
}

TEST_F(ARoom, TellsCompactionsWhatTheyMayTake) {
  std::uint64_t told = 0;
  room_.TellCompactions([&](std::uint64_t bytes) { told = bytes; });
  room_.Look();
  EXPECT_EQ(told, 480 * kMegabyte);
  space_.available = kMegabyte;
  room_.Look();
  EXPECT_EQ(told, 0u);
  room_.TellCompactions(nullptr);
}

TEST_F(ARoom, ReleasesItsBallastAndMakesItAgainOnceThereIsRoom) {
  room_.Look();
  EXPECT_TRUE(BallastIsThere());
  room_.ReleaseBallast();
  EXPECT_FALSE(BallastIsThere());
  space_.available = 41 * kMegabyte;
  room_.Look();
  EXPECT_FALSE(room_.holds_ballast()) << "it would take what others need";
  space_.available = 42 * kMegabyte;
  room_.Look();
  EXPECT_TRUE(BallastIsThere());
}

TEST_F(ARoom, TakesNoDeletionsWhenOnlyTheLastIsLeft) {
  DiskRoom room({.directory = dir_.path(),
                 .reserve_bytes = 10 * kMegabyte,
                 .last_bytes = 4 * kMegabyte,
                 .look = [this] { return space_; }});
  space_.available = 4 * kMegabyte;
  room.Look();
  EXPECT_TRUE(room.full());
  EXPECT_FALSE(room.exhausted());
  space_.available -= 1;
  room.Look();
  EXPECT_TRUE(room.exhausted());
}

TEST_F(ARoom, MakesABallastOfAnotherSizeAnew) {
  room_.Look();
  DiskRoom next({.directory = dir_.path(), .ballast_bytes = 2 * kMegabyte, .look = [this] {
                   return space_;
                 }});
  EXPECT_FALSE(next.holds_ballast());
  next.Look();
  EXPECT_EQ(std::filesystem::file_size(dir_.path() + "/ballast"), 2 * kMegabyte);
}

TEST_F(ARoom, FindsTheBallastOfTheProcessBeforeIt) {
  room_.Look();
  DiskRoom next({.directory = dir_.path(), .ballast_bytes = kMegabyte});
  EXPECT_TRUE(next.holds_ballast());
  next.ReleaseBallast();
  EXPECT_FALSE(BallastIsThere());
}

TEST_F(ARoom, OfWhichNothingIsKnownIsNotFull) {
  space_ = {};
  room_.Look();
  EXPECT_FALSE(room_.full());
}

}  // namespace
}  // namespace journal
