// What a shard does when the disk below it fails: nothing acknowledged is lost, nothing that was
// reported as not done appears, and it goes on by itself when the disk is well again.

#include <gtest/gtest.h>

#include "engine/shard/shard_fixture.h"
#include "journal/faulty_disk_fixture.h"

namespace engine {
namespace {

using tasks::UnitOutcome;

class AShardOnAFaultyDisk : public ShardFixture {
 protected:
  AShardOnAFaultyDisk() {
    shard_.options.durability = journal::Durability::kSynced;
    shard_.env = disk_.env();
    EXPECT_TRUE(shard_.OpenAgain().ok());
  }
  ~AShardOnAFaultyDisk() override { shard_.Close(); }

  void Heal() {
    disk_.full = disk_.write_error = disk_.sync_error = disk_.read_error = false;
    shard_.store().TryAgain();
    LoneTask task;
    while (!shard_.store().AwaitWritable().ok()) std::this_thread::yield();
  }

  // Everything that was acknowledged is there, here and after a restart, and nothing else.
  void ExpectStored(const std::map<std::string, std::string>& acknowledged) {
    EXPECT_EQ(Stored(), acknowledged);
    ASSERT_TRUE(shard_.OpenAgain().ok());
    EXPECT_EQ(Stored(), acknowledged);
  }

  // Writes while the disk fails: the write must not be acknowledged.
  Written WriteInVain(const Operations& operations) {
    LoneTask task;
    Written written = Write(task, operations);
    EXPECT_FALSE(written.status.ok());
    EXPECT_GT(disk_.failed, 0);
    return written;
  }

  journal::FaultyDisk disk_;
};

TEST_F(AShardOnAFaultyDisk, GoesOnByItselfWhenTheFullDiskHasRoomAgain) {
  WriteOne(Operations().Index("a", R"({"n":1})"));
  disk_.full = true;
  WriteInVain(Operations().Index("b"));
  Heal();
  EXPECT_EQ(WriteOne(Operations().Create("b", R"({"n":2})")).result, OpResult::kCreated);
  ExpectStored({{"a", R"({"n":1})"}, {"b", R"({"n":2})"}});
}

TEST_F(AShardOnAFaultyDisk, SettlesWhatWasUnknownWithoutARestart) {
  WriteOne(Operations().Index("a"));
  disk_.only = ".log";  // the log of writes: whether the record is in it, nobody knows
  disk_.sync_error = true;
  LoneTask task;
  // The store resumes with another log, on which the sync fails as well.
  const Written written = Write(task, Operations().Index("b"));
  EXPECT_FALSE(written.status.ok());
  Heal();
  const OperationResult again = WriteOne(Operations().Index("b", R"({"n":2})"));
  EXPECT_EQ(again.seq_no, again.version);  // either it was there, as operation 1, or it was not
  ExpectStored({{"a", "{}"}, {"b", R"({"n":2})"}});
}

TEST_F(AShardOnAFaultyDisk, GoesOnAfterAWriteErrorThatHasPassed) {
  for (int round = 0; round < 5; ++round) {
    const std::string id = "id" + std::to_string(round);
    WriteOne(Operations().Index(id));
    disk_.write_error = true;
    WriteInVain(Operations().Index(id, R"({"n":2})"));
    Heal();
  }
  EXPECT_EQ(WriteOne(Operations().Index("last")).seq_no, 5);
  EXPECT_EQ(shard_->live_documents(), 6);
  ASSERT_TRUE(shard_.OpenAgain().ok());
  EXPECT_EQ(Stored().size(), 6u);
}

// Flushed, and so with nothing in memory that would make the store begin a new log.
TEST_F(AShardOnAFaultyDisk, GoesOnAlsoIfNothingWasInMemoryWhenItFailed) {
  WriteOne(Operations().Index("a"));
  LoneTask task;
  ASSERT_TRUE(shard_.store().Flush(task).ok());
  disk_.full = true;
  WriteInVain(Operations().Index("b"));
  Heal();
  EXPECT_EQ(WriteOne(Operations().Index("c")).seq_no, 1);
  ExpectStored({{"a", "{}"}, {"c", "{}"}});
}

TEST_F(AShardOnAFaultyDisk, SaysThatItCannotReadRatherThanThatNothingIsThere) {
  WriteOne(Operations().Index("a"));
  LoneTask task;
  ASSERT_TRUE(shard_.store().Flush(task).ok());
  ASSERT_TRUE(shard_.OpenAgain().ok());
  disk_.only = ".sst";
  disk_.read_error = true;
  const auto got = shard_->Get(task, "a", true);
  EXPECT_EQ(got.status().type(), "i_o_exception");
  disk_.read_error = false;
  EXPECT_TRUE(Get("a").found);
}

class AShardOnAFullDisk : public ShardFixture {
 protected:
  AShardOnAFullDisk() {
    WriteOne(Operations().Index("a"));
    shard_.room = &room_;
    EXPECT_TRUE(shard_.OpenAgain().ok());
  }
  ~AShardOnAFullDisk() override { shard_.Close(); }

  journal::DiskSpace space_{.total = 1000, .available = 9};
  journal::DiskRoom room_{
      {.directory = shard_.path(), .reserve_bytes = 10, .look = [this] { return space_; }}};
};

TEST_F(AShardOnAFullDisk, RefusesDocumentsBeforeTheSealAndDeletesThem) {
  const auto refused = WriteOne(Operations().Index("b"));
  EXPECT_EQ(refused.error.http_status(), 429);
  EXPECT_EQ(refused.error.type(), "cluster_block_exception");
  EXPECT_EQ(refused.error.reason(),
            "index [books] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage "
            "watermark, index has read-only-allow-delete block];");
  EXPECT_EQ(refused.outcome, UnitOutcome::kNotDone);
  EXPECT_EQ(WriteOne(Operations().Update("a", R"({"doc":{"x":1}})")).error.http_status(), 429);
  EXPECT_EQ(WriteOne(Operations().Delete("a")).result, OpResult::kDeleted);
  EXPECT_EQ(shard_->max_seq_no(), 1) << "what is refused gets no number";
}

TEST_F(AShardOnAFullDisk, TakesDocumentsAsSoonAsThereIsRoom) {
  EXPECT_FALSE(WriteOne(Operations().Index("b")).error.ok());
  space_.available = 10;
  room_.Look();
  EXPECT_TRUE(WriteOne(Operations().Index("b")).error.ok());
}

}  // namespace
}  // namespace engine
