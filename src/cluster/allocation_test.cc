#include "cluster/allocation.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

using Settings = std::map<std::string, std::string>;

ClusterState TwoNodes() {
  ClusterState state;
  for (const char* id : {"a", "b"}) {
    NodeInfo& node = state.nodes[id];
    node.id = id;
    node.name = std::string("node-") + id;
    node.ip = node.host = "127.0.0.1";
    node.roles = {"data"};
    node.attributes = {{"zone", id}};
  }
  return state;
}

TEST(PlaceShards, LeavesOutNodesThatAreExcluded) {
  const auto placed = [](const Settings& settings) {
    ClusterState state = TwoNodes();
    for (const auto& [key, value] : settings)
      state.persistent_settings["cluster.routing.allocation." + key] = value;
    IndexMetadata index;
    index.number_of_shards = 2;
    PlaceShards(state, index);
    return index.shard_nodes[0] + index.shard_nodes[1];
  };
  EXPECT_EQ(placed({}), "ab");
  EXPECT_EQ(placed({{"exclude._name", "node-a"}}), "bb");
  EXPECT_EQ(placed({{"exclude._id", "x, b"}}), "aa");
  EXPECT_EQ(placed({{"exclude._ip", "127.*"}}), "") << "no node is left";
  EXPECT_EQ(placed({{"exclude._host", ""}}), "ab") << "an empty one says nothing";
  EXPECT_EQ(placed({{"exclude.zone", "a"}}), "bb");
  EXPECT_EQ(placed({{"include.zone", "a"}}), "aa");
  EXPECT_EQ(placed({{"require.zone", "b"}, {"require._name", "node-*"}}), "bb");
}

TEST(PlaceShards, ObeysTheFiltersOfTheIndex) {
  const auto placed = [](const Settings& settings) {
    const ClusterState state = TwoNodes();
    IndexMetadata index;
    index.number_of_shards = 2;
    for (const auto& [key, value] : settings)
      index.settings["index.routing.allocation." + key] = value;
    PlaceShards(state, index);
    return index.shard_nodes[0] + index.shard_nodes[1];
  };
  EXPECT_EQ(placed({{"exclude._name", "node-a"}}), "bb");
  EXPECT_EQ(placed({{"include.zone", "x,a"}}), "aa");
  EXPECT_EQ(placed({{"require.zone", "a"}, {"require._name", "node-b"}}), "");
}

TEST(PlaceShards, ObeysWhatIsEnabledTheIndexBeforeTheCluster) {
  const auto placed = [](const Settings& cluster, const Settings& of_index) {
    ClusterState state = TwoNodes();
    state.persistent_settings = cluster;
    IndexMetadata index;
    index.number_of_shards = 2;
    index.settings = of_index;
    PlaceShards(state, index);
    return index.shard_nodes[0] + index.shard_nodes[1];
  };
  const std::string of_cluster = "cluster.routing.allocation.enable";
  const std::string of_index = "index.routing.allocation.enable";
  EXPECT_EQ(placed({{of_cluster, "none"}}, {}), "");
  EXPECT_EQ(placed({{of_cluster, "new_primaries"}}, {}), "ab");
  EXPECT_EQ(placed({{of_cluster, "none"}}, {{of_index, "ALL"}}), "ab");
  EXPECT_EQ(placed({}, {{of_index, "None"}}), "");
  EXPECT_EQ(placed({}, {{of_index, "primaries"}}), "ab");
}

TEST(WhyNotPlaced, NamesAllThatIsInTheWay) {
  ClusterState state = TwoNodes();
  state.transient_settings["cluster.routing.allocation.enable"] = "primaries";
  IndexMetadata index;
  const auto deciders = [&](const CopyKind& copy) {
    std::string names;
    for (const Decision& one : WhyNotPlaced(state, index, state.nodes["a"], copy))
      names += std::string(one.decider) + ": " + one.explanation + "; ";
    return names;
  };
  EXPECT_EQ(deciders({}), "");
  EXPECT_EQ(deciders({.primary = false, .primary_node = "a"}),
            "enable: replica allocations are forbidden due to cluster setting "
            "[cluster.routing.allocation.enable=primaries]; "
            "same_shard: a copy of this shard is already allocated to this node; ");
  index.settings["index.routing.allocation.enable"] = "new_primaries";
  EXPECT_EQ(deciders({.has_data = true}),
            "enable: non-new primary allocations are forbidden due to index setting "
            "[index.routing.allocation.enable=new_primaries]; ");
  EXPECT_EQ(deciders({}), "");
  EXPECT_EQ(WeightRanking(state), (std::map<std::string, int>{{"a", 1}, {"b", 2}}));
}

TEST(WhyNotOn, NamesTheFirstFilterInTheWayInOpenSearchsWords) {
  ClusterState state = TwoNodes();
  IndexMetadata index;
  const auto why = [&] { return WhyNotOn(state, index, state.nodes["a"]); };
  EXPECT_EQ(why(), "");
  index.settings["index.routing.allocation.exclude._name"] = "*";
  EXPECT_EQ(why(),
            "node matches index setting [index.routing.allocation.exclude.] filters [_name:\"*\"]");
  index.settings["index.routing.allocation.include._name"] = "x,y";
  EXPECT_EQ(why(),
            "node does not match index setting [index.routing.allocation.include] filters "
            "[_name:\"x OR y\"]");
  index.settings["index.routing.allocation.require.zone"] = "z";
  index.settings["index.routing.allocation.require._name"] = "node-a";
  EXPECT_EQ(why(),
            "node does not match index setting [index.routing.allocation.require] filters "
            "[_name:\"node-a\" AND zone:\"z\"]");
  state.transient_settings["cluster.routing.allocation.exclude._name"] = "node-*";
  EXPECT_EQ(why(),
            "node matches cluster setting [cluster.routing.allocation.exclude] filters "
            "[_name:\"node-*\"]");
}

TEST(PlaceShards, PrefersNodesWhoseDisksAreNotAboveTheHighWatermark) {
  const auto placed = [](int stage_of_a, int stage_of_b) {
    ClusterState state = TwoNodes();
    state.nodes["a"].disk_stage = stage_of_a;
    state.nodes["b"].disk_stage = stage_of_b;
    IndexMetadata index;
    index.number_of_shards = 2;
    PlaceShards(state, index);
    return index.shard_nodes[0] + index.shard_nodes[1];
  };
  EXPECT_EQ(placed(1, 0), "ab") << "the low watermark is for shards that have data";
  EXPECT_EQ(placed(2, 0), "bb");
  EXPECT_EQ(placed(1, 2), "aa");
  EXPECT_EQ(placed(3, 2), "bb");
  EXPECT_EQ(placed(3, 3), "ab") << "no other is possible";
}

// Three nodes, and an index with six shards on them in turn.
class PlanMovesTest : public testing::Test {
 protected:
  PlanMovesTest() {
    state_.nodes["c"] = {.id = "c", .name = "node-c", .roles = {"data"}};
    IndexMetadata index;
    index.name = "x";
    index.number_of_shards = 6;
    PlaceShards(state_, index);
    index.shard_keys = {1, 2, 3, 4, 5, 6};
    state_.indices["x"] = std::make_shared<IndexMetadata>(index);
  }
  void Exclude(const std::string& names) {
    state_.persistent_settings["cluster.routing.allocation.exclude._name"] = names;
  }
  const IndexMetadata& Index() { return *state_.indices["x"]; }
  std::map<int, std::string> Targets() {
    std::map<int, std::string> targets;
    for (const auto& [shard, move] : Index().moves) targets[shard] = move.target;
    return targets;
  }
  void Open(bool open) {
    auto changed = std::make_shared<IndexMetadata>(Index());
    changed->open = open;
    state_.indices["x"] = changed;
  }

  ClusterState state_ = TwoNodes();
};

TEST_F(PlanMovesTest, ShardsLeaveForDisksWithRoomAndWaitForThem) {
  state_.nodes["b"].disk_stage = 1;
  Exclude("node-a");
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Targets(), (std::map<int, std::string>{{0, "c"}, {3, "c"}}));
}

TEST_F(PlanMovesTest, ShardsDoNotLeaveForDisksAboveTheHighWatermark) {
  state_.nodes["b"].disk_stage = state_.nodes["c"].disk_stage = 2;
  Exclude("node-a");
  EXPECT_TRUE(PlanMoves(state_).empty());
  state_.nodes["b"].disk_stage = 1;
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Targets(), (std::map<int, std::string>{{0, "b"}, {3, "b"}}));
}

TEST_F(PlanMovesTest, ShardsLeaveForTheNodesThatHaveTheFewestTwoAtATime) {
  EXPECT_TRUE(PlanMoves(state_).empty());
  Exclude("node-a,node-b");
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Targets(), (std::map<int, std::string>{{0, "c"}, {1, "c"}})) << "no node takes more";
  const std::uint64_t key = Index().MoveOf(0)->key;
  EXPECT_NE(key, Index().MoveOf(1)->key);
  EXPECT_TRUE(PlanMoves(state_).empty()) << "they go on";

  state_.indices["x"] = Moved(state_, "x", 0, key);
  EXPECT_EQ(Index().shard_nodes[0], "c");
  EXPECT_EQ(Index().shard_keys[0], key);
  EXPECT_EQ(Index().primary_terms[0], 2);
  EXPECT_EQ(PlanMoves(state_).size(), 1u) << "then the next";
  EXPECT_EQ(Index().moves.size(), 2u);
}

TEST_F(PlanMovesTest, MovesAreSpread) {
  Exclude("node-a");
  PlanMoves(state_);
  EXPECT_EQ(Targets(), (std::map<int, std::string>{{0, "b"}, {3, "c"}}));
}

TEST_F(PlanMovesTest, AMoveEndsWhenItsShardMayStayOrItsTargetIsGone) {
  Exclude("node-a");
  PlanMoves(state_);
  const std::uint64_t key = Index().MoveOf(3)->key;
  state_.nodes.erase("c");
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Index().MoveOf(3)->target, "b") << "begun anew";
  EXPECT_NE(Index().MoveOf(3)->key, key) << "under another key";
  Exclude("");
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_TRUE(Index().moves.empty());
}

TEST_F(PlanMovesTest, WhatCannotMoveStays) {
  Exclude("node-*");
  EXPECT_TRUE(PlanMoves(state_).empty()) << "nowhere to go";
  Exclude("node-a");
  state_.nodes.erase("a");
  EXPECT_TRUE(PlanMoves(state_).empty()) << "its node is away";
  state_ = ClusterState(state_);
  Exclude("node-b");
  Open(false);
  EXPECT_TRUE(PlanMoves(state_).empty()) << "a closed index is open nowhere";
  Open(true);
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  Open(false);
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_TRUE(Index().moves.empty());
}

TEST_F(PlanMovesTest, AShardThatIsNowhereIsPlacedOnceANodeMayHoldIt) {
  auto changed = std::make_shared<IndexMetadata>(Index());
  changed->shard_nodes.assign(6, "");
  changed->settings["index.routing.allocation.require._name"] = "nobody";
  state_.indices["x"] = changed;
  EXPECT_TRUE(PlanMoves(state_).empty());
  changed = std::make_shared<IndexMetadata>(Index());
  changed->settings["index.routing.allocation.require._name"] = "node-b,node-c";
  changed->open = false;
  state_.indices["x"] = changed;
  EXPECT_TRUE(PlanMoves(state_).empty()) << "a closed one waits until it is opened";
  Open(true);
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Index().shard_nodes, (std::vector<std::string>{"b", "c", "b", "c", "b", "c"}));
  EXPECT_TRUE(Index().moves.empty());
  EXPECT_TRUE(PlanMoves(state_).empty());
}

TEST_F(PlanMovesTest, ShardsLeaveANodeThatTheirIndexExcludesUnlessThereIsNone) {
  auto changed = std::make_shared<IndexMetadata>(Index());
  changed->settings["index.routing.allocation.include._name"] = "node-b";
  state_.indices["x"] = changed;
  EXPECT_EQ(PlanMoves(state_).size(), 1u);
  EXPECT_EQ(Targets(), (std::map<int, std::string>{{0, "b"}, {2, "b"}}));
  changed = std::make_shared<IndexMetadata>(Index());
  changed->settings["index.routing.allocation.include._name"] = "nobody";
  state_.indices["x"] = changed;
  EXPECT_EQ(PlanMoves(state_).size(), 1u) << "the moves end";
  EXPECT_TRUE(Index().moves.empty());
  EXPECT_TRUE(PlanMoves(state_).empty()) << "nowhere to go";
}

TEST_F(PlanMovesTest, ShardsMoveOnlyWhereTheirAllocationIsEnabled) {
  const auto moves = [&](const std::string& enable) {
    auto changed = std::make_shared<IndexMetadata>(Index());
    changed->settings["index.routing.allocation.include._name"] = "node-b";
    changed->settings["index.routing.allocation.enable"] = enable;
    state_.indices["x"] = changed;
    return PlanMoves(state_).size();
  };
  EXPECT_EQ(moves("none"), 0u);
  EXPECT_EQ(moves("new_primaries"), 0u);
  EXPECT_EQ(moves("primaries"), 1u);
}

TEST_F(PlanMovesTest, OnlyTheMoveThatIsNamedIsEnded) {
  Exclude("node-a");
  PlanMoves(state_);
  const std::uint64_t key = Index().MoveOf(0)->key;
  EXPECT_FALSE(WithoutMove(state_, "x", 0, key + 1));
  EXPECT_FALSE(WithoutMove(state_, "x", 1, key));
  EXPECT_FALSE(WithoutMove(state_, "y", 0, key));
  EXPECT_FALSE(Moved(state_, "x", 0, key + 1));
  EXPECT_EQ(WithoutMove(state_, "x", 0, key)->moves.size(), 1u);
}

}  // namespace
}  // namespace cluster
