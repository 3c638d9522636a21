#include "cluster/index/index_states.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

class IndexStates : public testing::Test {
 protected:
  IndexStates() {
    NodeInfo& node = state_.nodes["n"];
    node.id = "n";
    node.roles = {"data"};
    for (const char* name : {"a", "b"}) {
      auto index = std::make_shared<IndexMetadata>();
      index->name = name;
      index->uuid = std::string("uuid-") + name;
      index->shard_nodes = {"n"};
      index->shard_keys = {7};
      index->primary_terms = {1};
      index->moves[0] = {"m", 8};
      state_.indices[name] = std::move(index);
    }
  }
  const IndexMetadata& Of(const std::string& name) { return *state_.FindIndex(name); }
  void Set(const std::string& name, const std::string& key, const std::string& value) {
    auto changed = std::make_shared<IndexMetadata>(Of(name));
    changed->settings[key] = value;
    state_.indices[name] = std::move(changed);
  }

  ClusterState state_;
};

TEST_F(IndexStates, AClosedIndexKeepsItsShardsWhereTheyAreAndEndsTheirMoves) {
  const auto closed = CloseIndices(state_, {"a"}, 42);
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(closed->names, std::vector<std::string>{"a"});
  EXPECT_EQ(closed->changes.size(), 1u);
  EXPECT_FALSE(Of("a").open);
  EXPECT_EQ(Of("a").state_millis, 42);
  EXPECT_EQ(Of("a").settings.at("index.verified_before_close"), "true");
  EXPECT_EQ(Of("a").shard_nodes[0], "n");
  EXPECT_TRUE(Of("a").moves.empty());
  EXPECT_TRUE(Of("b").open);
  const auto again = IndexMetadata::Decode(Of("a").Encode());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->state_millis, 42);
  EXPECT_FALSE((*again)->open);
}

TEST_F(IndexStates, WhatIsAsItShouldBeIsNotChanged) {
  ASSERT_TRUE(CloseIndices(state_, {"a"}, 42).ok());
  const auto closed = CloseIndices(state_, {"a", "b"}, 43);
  EXPECT_EQ(closed->names, std::vector<std::string>{"b"});
  EXPECT_EQ(Of("a").state_millis, 42);
  const auto opened = OpenIndices(state_, {"a"}, 44);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(Of("a").open);
  EXPECT_FALSE(Of("a").settings.contains("index.verified_before_close"));
  EXPECT_TRUE(OpenIndices(state_, {"a"}, 45)->changes.empty());
  EXPECT_EQ(CloseIndices(state_, {"c"}, 46).status().http_status(), 404);
}

TEST_F(IndexStates, ABlockOnMetadataKeepsAnIndexAsItIs) {
  Set("a", "index.blocks.read_only", "true");
  EXPECT_EQ(CloseIndices(state_, {"a", "b"}, 1).status().http_status(), 403);
  EXPECT_TRUE(Of("b").open) << "all or none";
  EXPECT_EQ(OpenIndices(state_, {"a"}, 1).status().http_status(), 403);
  EXPECT_EQ(AddBlock(state_, {"a"}, "index.blocks.write").status().http_status(), 403);
  EXPECT_TRUE(AddBlock(state_, {"a"}, "index.blocks.metadata").ok()) << "it is of the same kind";
}

TEST_F(IndexStates, ABlockIsAddedOnce) {
  EXPECT_EQ(AddBlock(state_, {"a", "b"}, "index.blocks.write")->names.size(), 2u);
  EXPECT_EQ(Of("a").settings.at("index.blocks.write"), "true");
  EXPECT_TRUE(AddBlock(state_, {"a"}, "index.blocks.write")->names.empty());
}

TEST_F(IndexStates, OpeningNeedsRoomForTheShards) {
  ASSERT_TRUE(CloseIndices(state_, {"a"}, 1).ok());
  state_.transient_settings["cluster.max_shards_per_node"] = "3";
  const auto opened = OpenIndices(state_, {"a"}, 2);
  EXPECT_EQ(opened.status().reason(),
            "Validation Failed: 1: this action would add [2] total shards, but this cluster "
            "currently has [2]/[3] maximum shards open;");
  state_.transient_settings["cluster.max_shards_per_node"] = "4";
  EXPECT_TRUE(OpenIndices(state_, {"a"}, 2).ok());
}

}  // namespace
}  // namespace cluster
