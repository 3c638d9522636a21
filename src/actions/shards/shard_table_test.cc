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

}  // namespace
}  // namespace actions
