#include "engine/shard/shard_writer.h"

#include "engine/shard/one_write_fixture.h"

namespace engine {
namespace {

using journal::NodeStore;
using journal::ReadTier;

class AShardWriter : public ShardFixture {
 protected:
  using One = OneWrite;
};

TEST_F(AShardWriter, HoldsNoThreadWhileTheJournalWorks) {
  ASSERT_TRUE(WriteOne(Operations().Index("there", R"({"n":0})")).error.ok());
  const std::uint64_t before = shard_.store().stats().writes;
  Gate gate(inject::Point::kAppend);
  std::deque<One> all;
  all.emplace_back(*shard_, Operations().Index("first"));
  ASSERT_TRUE(all.front().Begin());
  gate.WaitUntilReached();
  for (int i = 0; i < 50; ++i) {
    all.emplace_back(*shard_, Operations().Index("id" + std::to_string(i)));
    ASSERT_TRUE(all.back().Begin()) << "all on this thread";
  }
  all.emplace_back(*shard_, Operations().Update("there", R"({"doc":{"new_m":1}})"));
  const auto grows = all.back().writer.WriteUnit(ReadTier::kMemory, [] {});
  EXPECT_TRUE(NodeStore::IsNotInMemory(grows.status())) << "the mapping has to grow";
  all.pop_back();
  gate.LetGo();
  for (One& one : all) {
    EXPECT_TRUE(one.Take().ok());
    EXPECT_TRUE(one.writer.done());
  }
  EXPECT_EQ(shard_.store().stats().writes, before + 2) << "the first, and all others at once";
  EXPECT_EQ(Stored().size(), 52u);
}

TEST_F(AShardWriter, TellsOfAStopThatCameWhileItsUnitWasAppended) {
  Operations two_units;
  for (int i = 0; i <= static_cast<int>(Shard::kUnitOperations); ++i) {
    two_units.Index("id" + std::to_string(i));
  }
  Gate gate(inject::Point::kAppend);
  One one(*shard_, two_units);
  ASSERT_TRUE(one.Begin(ReadTier::kAll));
  gate.WaitUntilReached();
  one.task.Stop();
  gate.LetGo();
  EXPECT_TRUE(one.Take().ok());
  EXPECT_EQ(one.writer.settled(), Shard::kUnitOperations);
  EXPECT_EQ(one.writer.stop().code(), base::Code::kCancelled);
}

TEST_F(AShardWriter, WaitsForRoomOnlyWhereItMay) {
  Gate gate(inject::Point::kAppend);
  gate.LetGo(NodeStore::NoRoom());
  One one(*shard_, Operations().Index("a"));
  ASSERT_TRUE(one.Begin());
  EXPECT_TRUE(one.Take().ok());
  EXPECT_EQ(one.writer.settled(), 0u);
  const auto again = one.writer.WriteUnit(ReadTier::kMemory, [] {});
  EXPECT_TRUE(NodeStore::IsNotInMemory(again.status()));
  ASSERT_TRUE(one.Begin(ReadTier::kAll));
  EXPECT_TRUE(one.Take().ok());
  EXPECT_TRUE(one.writer.done());
}

}  // namespace
}  // namespace engine
