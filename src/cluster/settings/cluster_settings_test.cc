#include "cluster/settings/cluster_settings.h"

#include <gtest/gtest.h>

namespace cluster {
namespace {

using Settings = std::map<std::string, std::string>;

std::string WhyNot(const std::string& key, std::optional<std::string> value) {
  Settings settings;
  return ChangeSettings(settings, {{key, std::move(value)}}, "persistent").reason();
}

TEST(ClusterSettings, AreOrderedAndFoundByTheirNames) {
  std::string_view before;
  for (const IndexSetting& setting : ClusterSettings()) {
    EXPECT_LT(before, setting.key);
    before = setting.key;
  }
  EXPECT_TRUE(FindClusterSetting("cluster.routing.allocation.exclude._name"));
  EXPECT_FALSE(FindClusterSetting("cluster.routing.allocation.exclude."));
  EXPECT_FALSE(FindClusterSetting("cluster.max_shards_per_nod"));
}

TEST(ClusterSettings, WhatIsNotObeyedIsRefused) {
  EXPECT_EQ(WhyNot("nope.x", "1"), "persistent setting [nope.x], not recognized");
  EXPECT_EQ(WhyNot("nope.x", std::nullopt), "persistent setting [nope.x], not recognized");
  EXPECT_EQ(WhyNot("search.max_buckets", "1"),
            "persistent setting [search.max_buckets], not recognized");
  EXPECT_EQ(WhyNot("cluster.max_shards_per_node", "0"),
            "Failed to parse value [0] for setting [cluster.max_shards_per_node] must be >= 1");
  EXPECT_EQ(WhyNot("action.destructive_requires_name", "yes"),
            "Failed to parse value [yes] as only [true] or [false] are allowed.");
  EXPECT_EQ(WhyNot("cluster.routing.allocation.enable", "none"), "");
  EXPECT_EQ(WhyNot("cluster.routing.allocation.enable", "some"),
            "Illegal allocation.enable value [SOME]");
  EXPECT_NE(WhyNot("tasks.fanout_timeout", "5"), "");
  EXPECT_NE(WhyNot("action.auto_create_index", ","), "");
  EXPECT_NE(WhyNot("action.auto_create_index", "a,-"), "");
}

TEST(ClusterSettings, NullsTakeAwayWhatIsSetAlsoByPatterns) {
  Settings settings = {{"cluster.routing.allocation.exclude._name", "a"},
                       {"cluster.routing.allocation.exclude._ip", "b"},
                       {"cluster.max_shards_per_node", "5"}};
  ASSERT_TRUE(ChangeSettings(settings, {{"cluster.routing.*", std::nullopt}}, "transient").ok());
  EXPECT_EQ(settings, (Settings{{"cluster.max_shards_per_node", "5"}}));
  ASSERT_TRUE(
      ChangeSettings(settings, {{"cluster.max_shards_per_node", std::nullopt}}, "transient").ok());
  EXPECT_TRUE(settings.empty());
}

TEST(ClusterSettings, TransientOnesWin) {
  ClusterState state;
  EXPECT_EQ(FindInForce(state, "cluster.max_shards_per_node"), nullptr);
  state.persistent_settings["cluster.max_shards_per_node"] = "1";
  EXPECT_EQ(*FindInForce(state, "cluster.max_shards_per_node"), "1");
  state.transient_settings["cluster.max_shards_per_node"] = "2";
  EXPECT_EQ(*FindInForce(state, "cluster.max_shards_per_node"), "2");
}

TEST(ClusterSettings, SayWhichIndicesMayBeMade) {
  const auto why = [](const char* value) { return CheckAutoCreate(value, "logs").reason(); };
  EXPECT_EQ(why("true"), "");
  EXPECT_EQ(why("false"), "no such index [logs] and [action.auto_create_index] is [false]");
  EXPECT_EQ(why("-x*,+lo*"), "");
  EXPECT_EQ(why("-lo*,*"),
            "no such index [logs] and [action.auto_create_index] contains [-lo*] which forbids "
            "automatic creation of the index");
  EXPECT_EQ(why("x*"), "no such index [logs] and [action.auto_create_index] ([x*]) doesn't match");
}

}  // namespace
}  // namespace cluster
