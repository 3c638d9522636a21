#include "engine/shard/shard_copy.h"

#include "engine/shard/shard_fixture.h"
#include "engine/shard/shard_owners.h"

namespace engine {
namespace {

// A shard, and its copy on another node's store.
class ACopy : public ShardFixture {
 protected:
  // Takes what is there, in pieces; then opens it.
  void CopyAll(std::size_t bytes = 100) {
    LoneTask task;
    CopiedOperations copied;
    do {
      auto read = shard_->Copy(task, copy_->upto() + 1, bytes);
      ASSERT_TRUE(read.ok()) << read.status().reason();
      copied = *std::move(read);
      const base::Status taken = copy_->Take(task, copied);
      ASSERT_TRUE(taken.ok()) << taken.reason();
    } while (copy_->upto() < copied.end);
    EXPECT_EQ(copy_->counters(), copied.counters);
    ASSERT_TRUE(copy_->Sync(task).ok());
  }
  std::unique_ptr<ShardCopy> Begin() {
    LoneTask task;
    auto copy =
        ShardCopy::Begin(task, there_.store(), there_.options.index_uuid, there_.options.key);
    EXPECT_TRUE(copy.ok());
    return *std::move(copy);
  }
  // Every document of the copy, as a node finds it that starts with it.
  void ExpectTheSame() {
    ASSERT_TRUE(there_.OpenAgain().ok());
    EXPECT_EQ(there_->max_seq_no(), shard_->max_seq_no());
    EXPECT_EQ(there_->live_documents(), shard_->live_documents());
    EXPECT_EQ(there_->deleted_documents(), shard_->deleted_documents());
    const auto all = [](Shard& shard) {
      LoneTask task;
      std::string text;
      EXPECT_TRUE(shard
                      .ForEachDocument(task,
                                       [&](std::string_view id, const GetResult& document) {
                                         text += std::string(id) + " " + document.routing + " " +
                                                 std::to_string(document.seq_no) + " " +
                                                 std::to_string(document.version) + " " +
                                                 std::to_string(document.primary_term) + " " +
                                                 document.source + "\n";
                                         return true;
                                       })
                      .ok());
      return text;
    };
    EXPECT_EQ(all(*there_), all(*shard_));
  }

  LoneTask task_;
  OpenShard there_;
  std::unique_ptr<ShardCopy> copy_ = Begin();
};

TEST_F(ACopy, IsTheSameAlsoIfMoreIsWrittenMeanwhile) {
  LoneTask task;
  for (int i = 0; i < 20; ++i)
    WriteOne(Operations().Index("d" + std::to_string(i), R"({ "n":)" + std::to_string(i) + "}"));
  WriteOne(Operations().Add({.id = "r", .routing = "here", .source = "{}"}));
  CopyAll();
  WriteOne(Operations().Index("d3", R"({"again": 1})"));
  WriteOne(Operations().Delete("d4"));
  WriteOne(Operations().Delete("nobody"));
  for (int i = 0; i < 50; ++i) WriteOne(Operations().Index("d5"));  // numbers that are left out
  CopyAll();
  CopyAll();
  ExpectTheSame();
}

TEST_F(ACopy, OfNothingIsEmpty) {
  CopyAll();
  ExpectTheSame();
  EXPECT_EQ(there_->max_seq_no(), -1);
}

TEST_F(ACopy, GoesOnWhereTheShardWas) {
  for (int i = 0; i < 5; ++i) WriteOne(Operations().Index("a"));
  WriteOne(Operations().Delete("a"));
  CopyAll();
  ASSERT_TRUE(there_.OpenAgain().ok());
  LoneTask task;
  std::vector<OperationResult> results(1);
  ASSERT_TRUE(there_->Write(task, Operations().Index("a").span(), results, {}).ok());
  EXPECT_EQ(results[0].version, 7);
  EXPECT_EQ(results[0].seq_no, 6);
  ASSERT_TRUE(there_.OpenAgain().ok()) << "and its journal is whole";
  EXPECT_EQ(there_->live_documents(), 1);
}

TEST_F(ACopy, BeginsAnewWithNothing) {
  for (int i = 0; i < 3'000; ++i) WriteOne(Operations().Index("d" + std::to_string(i)));
  CopyAll(10'000);
  ASSERT_TRUE(there_.store().Flush(task_).ok());
  copy_ = Begin();
  CopyAll(10'000);
  copy_ = Begin();
  EXPECT_EQ(copy_->upto(), -1);
  ASSERT_TRUE(there_.OpenAgain().ok());
  EXPECT_EQ(there_->live_documents(), 0);
  for (const auto family : {journal::Family::kDocs, journal::Family::kIds, journal::Family::kLog})
    EXPECT_FALSE(there_.store().Last(family, "", std::string(30, '\xff'))->has_value());
}

TEST_F(ACopy, GivesRoomBackAndBeginsAnew) {
  for (int i = 0; i < 100; ++i) WriteOne(Operations().Index("d" + std::to_string(i)));
  CopyAll(1'000);
  ASSERT_TRUE(there_.store().Flush(task_).ok());
  ASSERT_TRUE(
      there_.store().Compact(task_, journal::Family::kDocs, "", std::string(9, '\xff')).ok());
  const std::uint64_t before = there_.store().stats().disk_bytes;
  ShardCopy::GiveRoomBack(there_.store(), there_.options.key);
  EXPECT_LT(there_.store().stats().disk_bytes, before);
  copy_ = Begin();
  CopyAll(1'000);
  ExpectTheSame();
}

TEST_F(ACopy, IsOfUseFromItsOpeningUntilItsShardLeaves) {
  const auto owner = [&] { return *OwnerOf(there_.store(), there_.options.key); };
  EXPECT_TRUE(owner().of_no_use);
  CopyAll();
  ASSERT_TRUE(there_.OpenAgain().ok());
  EXPECT_FALSE(owner().of_no_use);
  EXPECT_EQ(owner().index_uuid, there_.options.index_uuid);
  there_->DropAtEnd();
  EXPECT_TRUE(owner().of_no_use);
  EXPECT_EQ(ShardOwners(there_.store())->size(), 1u);
  there_.CloseShard();
  ASSERT_TRUE(there_.store().Flush(task_).ok());
  ASSERT_TRUE(Discard(there_.store(), there_.options.key, "uuid").ok());
  EXPECT_TRUE(ShardOwners(there_.store())->empty());
}

TEST_F(ACopy, RefusesWhatDoesNotFollow) {
  WriteOne(Operations().Index("a"));
  WriteOne(Operations().Index("b"));
  LoneTask task;
  auto all = *shard_->Copy(task, 0, 1000);
  std::swap(all.operations[0], all.operations[1]);
  EXPECT_FALSE(copy_->Take(task, all).ok());
  all.operations[0].first = 0;
  all.operations[1] = {1, "garbage"};
  EXPECT_FALSE(copy_->Take(task, all).ok());
  EXPECT_EQ(copy_->upto(), -1);
}

TEST_F(ACopy, AShardThatIsHandedOverTakesNothingMoreButEndsWhatItHasSealed) {
  Gate gate(inject::Point::kAppend);
  std::jthread writes([&] { WriteOne(Operations().Index("sealed")); });
  gate.WaitUntilReached();
  shard_->Block(7);
  EXPECT_EQ(shard_->blocked_by(), 7u);
  LoneTask task;
  const Written late = Write(task, Operations().Index("late"));
  EXPECT_TRUE(IsShardMoves(late.status)) << late.status.reason();
  EXPECT_EQ(late.results[0].outcome, tasks::UnitOutcome::kNotDone);
  LoneTask drains;
  std::jthread drain([&] { EXPECT_TRUE(shard_->AwaitDrained(drains).ok()); });
  drains.WaitUntilItWaitsOn("sealed units");
  gate.LetGo();
  drain.join();
  writes.join();
  EXPECT_EQ(Stored(), (std::map<std::string, std::string>{{"sealed", "{}"}}));
  shard_->Unblock();
  WriteOne(Operations().Index("late"));
}

}  // namespace
}  // namespace engine
