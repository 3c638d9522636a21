#include "actions/shards/shard_table.h"

#include <gtest/gtest.h>

#include "engine/shard/shard_owners.h"
#include "support/test_node.h"

namespace actions {
namespace {

// Left behind when its shard was allocated elsewhere while the node was away.
TEST(StrayData, AreKeptUntilTheirIndexIsDeleted) {
  constexpr std::uint64_t kStray = 77;
  MemoryMetadataStore shared;
  test::TestNode holder({.shared = &shared});
  holder.Start();
  holder.CreateIndex("a");
  const std::string uuid = holder.cluster.state()->FindIndex("a")->uuid;

  test::TestNode node({.shared = &shared});
  journal::NodeStore::Batch batch;
  engine::SetOwner(batch, {.key = kStray, .index_uuid = uuid});
  ASSERT_TRUE(node.store->WriteNow(batch, journal::Durability::kSynced).ok());
  node.Start();
  EXPECT_FALSE(engine::OwnerOf(*node.store, kStray)->of_no_use);

  auto task = node.registry.Register({.action = "internal:test"});
  ASSERT_TRUE(node.cluster.DeleteIndices(**task, {"a"}).ok());
  (*std::move(task)).Finish(tasks::End());
  EXPECT_TRUE(engine::OwnerOf(*node.store, kStray)->of_no_use);
}

class ClosedIndex : public testing::Test {
 protected:
  ClosedIndex() {
    node_.Start();
    node_.CreateIndex("a");
    open_ = node_.cluster.state();
    key_ = open_->FindIndex("a")->shard_keys[0];
  }

  // The state with the index changed by `modify`.
  cluster::StatePtr With(const std::function<void(cluster::IndexMetadata&)>& modify) const {
    auto state = std::make_shared<cluster::ClusterState>(*open_);
    auto index = std::make_shared<cluster::IndexMetadata>(*open_->FindIndex("a"));
    modify(*index);
    state->indices["a"] = std::move(index);
    return cluster::StatePtr(std::move(state));
  }
  bool DataAreOfNoUse() { return engine::OwnerOf(*node_.store, key_)->of_no_use; }
  static void MoveAway(cluster::IndexMetadata& index) {
    index.shard_nodes[0] = "elsewhere";
    ++index.shard_keys[0];
  }

  test::TestNode node_;
  cluster::StatePtr open_;
  std::uint64_t key_ = 0;
};

TEST_F(ClosedIndex, HasNoShardOpenAndKeepsItsData) {
  const auto closed = With([](cluster::IndexMetadata& index) { index.open = false; });
  const auto held = node_.ShardsOf("a").at(0);
  node_.shards.OnState(open_, closed);
  EXPECT_TRUE(node_.shards.All().empty());
  EXPECT_NE(held->blocked_by(), 0u) << "who still has it writes no more";
  EXPECT_FALSE(DataAreOfNoUse());
  node_.shards.OnState(closed, open_);
  ASSERT_EQ(node_.ShardsOf("a").size(), 1u);
  EXPECT_NE(node_.ShardsOf("a").at(0), held);
  EXPECT_EQ(node_.ShardsOf("a").at(0)->blocked_by(), 0u);
}

TEST_F(ClosedIndex, WhoseShardHasLeftMeanwhileLeaksNoData) {
  node_.shards.OnState(open_, With([](cluster::IndexMetadata& index) {
                         index.open = false;
                         MoveAway(index);
                       }));
  EXPECT_TRUE(node_.shards.All().empty());
  EXPECT_TRUE(DataAreOfNoUse());
}

TEST_F(ClosedIndex, WhoseShardHasLeftWhenItIsSeenOpenAgainLeaksNoData) {
  const auto closed = With([](cluster::IndexMetadata& index) { index.open = false; });
  node_.shards.OnState(open_, closed);
  EXPECT_FALSE(DataAreOfNoUse());
  node_.shards.OnState(closed, With(MoveAway));
  EXPECT_TRUE(node_.shards.All().empty());
  EXPECT_TRUE(DataAreOfNoUse());
}

TEST_F(ClosedIndex, ThatIsDeletedLeavesNothing) {
  const auto closed = With([](cluster::IndexMetadata& index) { index.open = false; });
  node_.shards.OnState(open_, closed);
  auto deleted = std::make_shared<cluster::ClusterState>(*open_);
  deleted->tombstones[open_->FindIndex("a")->uuid] = {.index = "a", .millis = 1};
  deleted->indices.clear();
  node_.shards.OnState(closed, cluster::StatePtr(std::move(deleted)));
  EXPECT_TRUE(DataAreOfNoUse());
}

TEST_F(ClosedIndex, ABlockedShardTakesNoWritesUntilTheBlockIsLifted) {
  const auto blocked =
      With([](cluster::IndexMetadata& index) { index.settings["index.blocks.write"] = "true"; });
  const auto shard = node_.ShardsOf("a").at(0);
  node_.shards.OnState(open_, blocked);
  EXPECT_NE(shard->blocked_by(), 0u);
  node_.shards.OnState(blocked, open_);
  EXPECT_EQ(shard->blocked_by(), 0u);
}

TEST_F(ClosedIndex, ABlockOutlivesAMoveThatIsGivenUp) {
  constexpr std::uint64_t kMove = 99;
  const auto blocked = With(
      [](cluster::IndexMetadata& index) { index.settings["index.blocks.read_only"] = "true"; });
  const auto moving = With([](cluster::IndexMetadata& index) {
    index.settings["index.blocks.read_only"] = "true";
    index.moves[0] = {"elsewhere", kMove};
  });
  const auto shard = node_.ShardsOf("a").at(0);
  node_.shards.OnState(open_, moving);
  shard->Block(kMove);  // as the source does
  node_.shards.OnState(moving, blocked);
  EXPECT_NE(shard->blocked_by(), 0u);
  EXPECT_NE(shard->blocked_by(), kMove);
}

}  // namespace
}  // namespace actions
