#include "engine/mapping/field_tree.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/mapping/check_plan.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

MappingTree TreeOf(const std::string& json) {
  Reading reading;
  auto draft = ParseMapping(json, reading);
  EXPECT_TRUE(draft.ok()) << draft.status().reason();
  return draft.ok() ? Seal(*std::move(draft)) : MappingTree();
}

// Texts with a keyword each: `count` in the root and as many in an object.
MappingTree Wide(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) {
    fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) +
              R"(":{"type":"text","fields":{"keyword":{"type":"keyword"}}})";
  }
  return TreeOf("{\"properties\":{" + fields + ",\"o\":{\"properties\":{" + fields + "}}}}");
}

MappingTree Merged(const MappingTree& tree, const std::string& update, Growth& growth) {
  Reading reading;
  auto draft = ParseMapping(update, reading);
  EXPECT_TRUE(draft.ok()) << draft.status().reason();
  if (!draft.ok()) return tree;
  auto merged = Merge(tree, *std::move(draft), reading, growth);
  EXPECT_TRUE(merged.ok()) << merged.status().reason();
  return merged.ok() ? *std::move(merged) : tree;
}

std::string TextOf(const MappingTree& tree) {
  std::string text;
  tree.root.children.AppendText(text);
  return text;
}

void Collect(const Field& field, std::set<const void*>& parts) {
  parts.insert(field.definition.get());
  for (const auto& chunk : field.children.chunks()) {
    parts.insert(chunk.get());
    for (const Field& child : chunk->fields) Collect(child, parts);
  }
}

// Definitions and chunks of `tree` that `before` does not have.
std::size_t NewParts(const MappingTree& tree, const MappingTree& before) {
  std::set<const void*> old, now;
  Collect(before.root, old);
  Collect(tree.root, now);
  std::size_t count = 0;
  for (const void* part : now) count += old.contains(part) ? 0 : 1;
  return count;
}

TEST(FieldTree, SharesWhatAMergeLeavesAsItIs) {
  const MappingTree tree = Wide(10'000);
  Growth growth;
  const MappingTree grown = Merged(tree, R"({"properties":{"one":{"type":"long"}}})", growth);
  EXPECT_LE(NewParts(grown, tree), 3u) << "the definition, and its chunk, which may be split";
  const MappingTree deep =
      Merged(tree, R"({"properties":{"o":{"properties":{"one":{"type":"long"}}}}})", growth);
  EXPECT_LE(NewParts(deep, tree), 4u) << "also the chunk that the object is in";
  EXPECT_TRUE(growth.only_added);
  ASSERT_EQ(growth.added.size(), 2u);
  EXPECT_EQ(growth.added[1].parent, "o");
}

TEST(FieldTree, IsTheSameIfAMergeBringsNothingNew) {
  const MappingTree tree = Wide(1'000);
  Growth growth;
  const MappingTree same = Merged(
      tree, R"({"properties":{"o":{"properties":{"f7":{"type":"text"}}},"f3":{"type":"text"}}})",
      growth);
  EXPECT_TRUE(same.root == tree.root);
  EXPECT_TRUE(growth.only_added && growth.added.empty());
}

TEST(FieldTree, SaysWhatMoreAMergeDidThanAdd) {
  const MappingTree tree = TreeOf(R"({"properties":{"a":{"type":"text"},"o":{"type":"object"}}})");
  for (const char* update :
       {R"({"properties":{"a":{"type":"text","fields":{"k":{"type":"keyword"}}}}})",
        R"({"properties":{"a":{"type":"text","copy_to":"b"}}})",
        R"({"properties":{"o":{"type":"object","dynamic":false}}})", R"({"dynamic":false})",
        R"({"date_detection":false})"}) {
    Growth growth;
    Merged(tree, update, growth);
    EXPECT_FALSE(growth.only_added) << update;
  }
}

TEST(FieldTree, CountsAndFindsFieldsInManyChunks) {
  MappingTree tree;
  std::string added;
  for (int i = 999; i >= 0; --i) {  // each before the ones that are there
    const std::string name = "f" + std::to_string(1'000 + i);
    Growth growth;
    tree = Merged(tree, "{\"properties\":{\"" + name + "\":{\"type\":\"long\"}}}", growth);
    added.insert(0, "\"" + name + R"(":{"type":"long"})" + (i < 999 ? "," : ""));
  }
  EXPECT_EQ(tree.root.children.Totals().fields, 1'000);
  EXPECT_GT(tree.root.children.chunks().size(), 4u);
  EXPECT_LT(tree.root.children.chunks().size(), 40u);
  EXPECT_EQ(TextOf(tree), added);
  ASSERT_NE(tree.root.children.Find("f1777"), nullptr);
  EXPECT_EQ(tree.root.children.Find("f1777")->definition->path, "f1777");
  for (const char* absent : {"", "a", "f1777a", "f2000", "z"}) {
    EXPECT_EQ(tree.root.children.Find(absent), nullptr) << absent;
  }
}

TEST(FieldTree, KeepsTotalsOfWhatLimitsAreAbout) {
  const FieldTotals totals =
      TreeOf(R"({"properties":{"a":{"type":"text","fields":{"k":{"type":"keyword"}}},
        "o":{"properties":{"long_name":{"type":"nested"},"x":{"type":"alias","path":"a"}}}}})")
          .root.children.Totals();
  EXPECT_EQ(totals.fields, 5);
  EXPECT_EQ(totals.nested, 1);
  EXPECT_EQ(totals.aliases, 1);
  EXPECT_EQ(totals.depth, 3);
  EXPECT_EQ(totals.name_length, 9);
}

TEST(FieldTree, GrowsAPlanByTheNewNodes) {
  const MappingTree tree = Wide(10'000);
  Reading reading;
  const auto plan = *CheckPlan::Make(tree, {}, reading);
  Growth growth;
  const MappingTree grown =
      Merged(tree, R"({"properties":{"o":{"properties":{"one":{"type":"long"}}}}})", growth);
  const auto more = *plan->Grown(grown, growth, reading);
  ASSERT_EQ(more->size(), plan->size() + 1);
  std::size_t copied = 0;
  for (std::uint32_t id = 0; id < plan->size(); ++id) {
    EXPECT_EQ(more->node(id).name(), plan->node(id).name());
    copied += &more->node(id) == &plan->node(id) ? 0 : 1;
  }
  EXPECT_LE(copied, 128u) << "the block that was not full";
  const FieldNode* node = more->FindPath("o.one");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->definition,
            grown.root.children.Find("o")->children.Find("one")->definition.get());
  EXPECT_EQ(plan->FindPath("o.one"), nullptr) << "the old one is as it was";
}

}  // namespace
}  // namespace engine
