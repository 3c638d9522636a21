#include "cluster/records.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

TEST(Records, TemplatesAreKeptByTheirKinds) {
  ClusterState state;
  for (const TemplateKind kind :
       {TemplateKind::kIndex, TemplateKind::kComponent, TemplateKind::kLegacy}) {
    ASSERT_TRUE(ApplyChange(state, TemplateRecord(kind, "a/b", "{}")).ok());
  }
  ASSERT_TRUE(ApplyChange(state, TemplateRecord(TemplateKind::kIndex, "a/b", "[]")).ok());
  EXPECT_EQ(state.templates.index.at("a/b"), "[]");
  EXPECT_EQ(state.templates.component.at("a/b"), "{}");
  ASSERT_TRUE(ApplyChange(state, TemplateGone(TemplateKind::kIndex, "a/b")).ok());
  EXPECT_TRUE(state.templates.index.empty());
  EXPECT_EQ(state.templates.legacy.size(), 1u);
}

TEST(Records, ADeletedIndexLeavesATombstoneAndTheOldestOfTooManyGo) {
  ClusterState state, other;
  const auto erase = [&](int number) {
    IndexMetadata index;
    index.name = "x";
    index.uuid = "u" + std::to_string(number);
    state.indices["x"] = other.indices["x"] = std::make_shared<IndexMetadata>(index);
    for (const auto& change : DeleteIndex(state, index, 1000 + number))
      EXPECT_TRUE(ApplyChange(other, change).ok());
  };
  constexpr int kMany = ClusterState::kTombstones + 2;
  for (int number = 0; number < kMany; ++number) erase(number);
  for (const ClusterState& one : {state, other}) {
    EXPECT_TRUE(one.indices.empty());
    EXPECT_EQ(one.tombstones.size(), ClusterState::kTombstones);
    EXPECT_FALSE(one.tombstones.contains("u1"));
    EXPECT_EQ(one.tombstones.at("u2").index, "x");
    EXPECT_EQ(one.tombstones.at("u501").millis, 1501);
  }
}

TEST(Records, OfANodeSayWhichWatermarksItsDiskIsAbove) {
  ClusterState state;
  NodeInfo node{.id = "a", .name = "node-a", .transport_address = "127.0.0.1:9300"};
  ASSERT_TRUE(ApplyChange(state, NodeRecord(node)).ok());
  EXPECT_EQ(state.nodes.at("a").disk_stage, 0);
  node.disk_stage = 2;
  ASSERT_TRUE(ApplyChange(state, NodeRecord(node)).ok());
  EXPECT_EQ(state.nodes.at("a").disk_stage, 2);
}

TEST(Records, OfKindsThatAreNotKnownAreLetAlone) {
  ClusterState state;
  EXPECT_TRUE(ApplyChange(state, {"template/other/x", "{}"}).ok());
  EXPECT_TRUE(ApplyChange(state, {"something", "?"}).ok());
  EXPECT_TRUE(state.templates.index.empty());
}

}  // namespace
}  // namespace cluster
