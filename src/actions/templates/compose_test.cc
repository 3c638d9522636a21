#include "actions/templates/compose.h"

#include <gtest/gtest.h>

#include "support/lone_task.h"

namespace actions::templates {
namespace {

TEST(Templates, OverlapWhereSomeNameFitsBoth) {
  LoneTask task;
  EXPECT_TRUE(*Overlap(task, "logs-*", "*-eu"));
  EXPECT_TRUE(*Overlap(task, "*", "a"));
  EXPECT_TRUE(*Overlap(task, "a*c", "ab*"));
  EXPECT_TRUE(*Overlap(task, "a", "a"));
  EXPECT_TRUE(*Overlap(task, "a*", "a"));
  EXPECT_TRUE(*Overlap(task, "*", ""));
  EXPECT_FALSE(*Overlap(task, "a", "b"));
  EXPECT_FALSE(*Overlap(task, "logs-*", "metrics-*"));
  EXPECT_FALSE(*Overlap(task, "a*c", "*b"));
  EXPECT_FALSE(*Overlap(task, "ab", "a"));
  EXPECT_TRUE(*Overlap(task, "ab", "ab"));
  EXPECT_TRUE(*Overlap(task, "a*b*c", "a*c"));
  EXPECT_FALSE(*Overlap(task, "a*bc", "*ac"));
  task.Stop();
  EXPECT_EQ(Overlap(task, "*a*", "*b*").status().code(), base::Code::kCancelled);
}

class ComposeTest : public testing::Test {
 protected:
  Composed For(const std::string& index, bool hidden = false) {
    auto composed = ComposeFor(task_, state_, index, hidden);
    EXPECT_TRUE(composed.ok()) << composed.status().reason();
    return composed.ok() ? *composed : Composed();
  }

  LoneTask task_;
  cluster::ClusterState state_;
};

TEST_F(ComposeTest, TheIndexTemplateWithTheHighestPriorityGoesOnTopOfItsComponents) {
  auto& of = state_.templates;
  of.component["c1"] =
      R"({"template":{"settings":{"index":{"number_of_shards":"5","hidden":"true"}}}})";
  of.component["c2"] =
      R"({"template":{"settings":{"index":{"number_of_shards":"6"}},"aliases":{"{index}-x":{}}}})";
  of.index["low"] =
      R"({"index_patterns":["l*"],"priority":1,"template":{"settings":{"index":{"number_of_replicas":"9"}}}})";
  of.index["high"] =
      R"({"index_patterns":["x*","lo*"],"priority":2,"composed_of":["c1","c2"],"template":{"settings":{"index":{"hidden":"false"}}}})";
  of.legacy["old"] = R"({"index_patterns":["*"],"settings":{"index":{"number_of_replicas":"7"}}})";
  const Composed logs = For("logs");
  EXPECT_EQ(logs.settings, (std::map<std::string, std::string>{{"index.hidden", "false"},
                                                               {"index.number_of_shards", "6"}}));
  EXPECT_EQ(logs.aliases, (std::map<std::string, std::string>{{"logs-x", "{}"}}));
  EXPECT_EQ(For("lx").settings.at("index.number_of_replicas"), "9");
  EXPECT_EQ(For("other").settings.at("index.number_of_replicas"), "7") << "no other fits";
}

TEST_F(ComposeTest, OfLegacyTemplatesAllThatFitCountTheHighestOrderMost) {
  auto& of = state_.templates;
  of.legacy["a"] =
      R"({"index_patterns":["*"],"order":3,"settings":{"index":{"number_of_shards":"3"}}})";
  of.legacy["b"] =
      R"({"index_patterns":["l*"],"order":1,"settings":{"index":{"number_of_shards":"1","number_of_replicas":"1"}}})";
  EXPECT_EQ(For("logs").settings,
            (std::map<std::string, std::string>{{"index.number_of_replicas", "1"},
                                                {"index.number_of_shards", "3"}}));
  EXPECT_EQ(For("logs", /*hidden=*/true).settings.at("index.number_of_shards"), "1");
}

TEST_F(ComposeTest, MappingsOfIndexTemplatesLieOnEachOtherTheRequestsOnTop) {
  auto& of = state_.templates;
  of.component["c"] = R"({"template":{"mappings":{"_meta":{"c":1}}}})";
  of.index["t"] =
      R"({"index_patterns":["l*"],"composed_of":["c"],"template":{"mappings":{"_meta":{"t":1}}}})";
  Composed composed = For("logs");
  ASSERT_TRUE(AddMappings(task_, "{}", composed).ok());
  EXPECT_EQ(composed.mappings,
            (std::vector<std::string>{R"({"_meta":{"c":1}})", R"({"_meta":{"t":1}})", "{}"}));
}

TEST_F(ComposeTest, MappingsOfLegacyTemplatesCompleteThatOfTheRequest) {
  auto& of = state_.templates;
  of.legacy["a"] =
      R"({"index_patterns":["*"],"order":3,"mappings":{"properties":{"f":{"type":"text"}}}})";
  of.legacy["b"] = R"({"index_patterns":["*"],"order":1,"mappings":{"dynamic":"strict",)"
                   R"("properties":{"f":{"type":"ip","analyzer":"simple"}}}})";
  Composed composed = For("logs");
  ASSERT_TRUE(AddMappings(task_, R"({"properties":{"f":{"norms":false}}})", composed).ok());
  EXPECT_EQ(
      composed.mappings,
      std::vector<std::string>{
          R"({"properties":{"f":{"norms":false,"type":"text","analyzer":"simple"}},"dynamic":"strict"})"});
}

}  // namespace
}  // namespace actions::templates
