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

TEST(Records, OfKindsThatAreNotKnownAreLetAlone) {
  ClusterState state;
  EXPECT_TRUE(ApplyChange(state, {"template/other/x", "{}"}).ok());
  EXPECT_TRUE(ApplyChange(state, {"something", "?"}).ok());
  EXPECT_TRUE(state.templates.index.empty());
}

}  // namespace
}  // namespace cluster
