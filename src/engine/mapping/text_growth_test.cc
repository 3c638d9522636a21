#include "engine/mapping/text_growth.h"

#include <gtest/gtest.h>

#include "engine/mapping/mapping.h"
#include "engine/mapping/reading.h"
#include "support/lone_task.h"

namespace engine {
namespace {

MappingTree TreeOf(const std::string& json) {
  Reading reading;
  auto draft = ParseMapping(json, reading);
  EXPECT_TRUE(draft.ok()) << draft.status().reason();
  return draft.ok() ? Seal(*std::move(draft)) : MappingTree();
}

std::string Fields(int count) {
  std::string fields;
  for (int i = 10'000; i < 10'000 + count; ++i) {
    fields += (fields.empty() ? "\"f" : ",\"f") + std::to_string(i) + R"(":{"type":"long"})";
  }
  return fields;
}

std::string Growth(const std::string& before, const std::string& after) {
  return GrowthInText(TreeOf(before), after).value_or("none");
}

TEST(TextGrowth, IsNoMoreThanTheChunksThatDiffer) {
  const std::string fields = Fields(10'000);
  const MappingTree tree =
      TreeOf("{\"properties\":{" + fields + ",\"o\":{\"properties\":{" + fields + "}}}}");
  const std::string grown =
      "{\"properties\":{" + fields + R"(,"o":{"properties":{"a":{"type":"ip"},)" + fields + "}}}}";
  const auto update = GrowthInText(tree, grown);
  ASSERT_TRUE(update.has_value());
  EXPECT_LT(update->size(), 2 * Fields(150).size()) << "a chunk of the root and one of the object";
  EXPECT_NE(update->find(R"("o":{"properties":{"a":{"type":"ip"})"), std::string::npos);
}

TEST(TextGrowth, IsNothingIfTheTextIsTheSame) {
  const std::string json = R"({"dynamic":"false","properties":{"a":{"type":"long"}}})";
  EXPECT_EQ(Growth(json, json), R"({"properties":{}})");
}

TEST(TextGrowth, IsUnknownIfMoreThanFieldsDiffers) {
  const std::string json = R"({"properties":{"a":{"type":"long"}}})";
  EXPECT_EQ(Growth(json, R"({"dynamic":"false","properties":{"a":{"type":"long"}}})"), "none");
  EXPECT_EQ(Growth("{}", json), "none");
  EXPECT_EQ(Growth(json, "{}"), "none");
  EXPECT_EQ(Growth(json, R"({"properties":{"a":{"type":"long"},"a\"b":{"type":"long"}}})"), "none");
  for (std::size_t end = 0; end < json.size(); ++end) {
    EXPECT_EQ(Growth(json, json.substr(0, end)), "none") << end;
  }
}

TEST(TextGrowth, IsVerifiedByTheTextOfTheResult) {
  const auto mapping =
      *Mapping::Parse(LoneTask(), R"({"properties":{"a":{"type":"long"},"b":{"type":"long"}}})");
  for (const char* json :
       {R"({"properties":{"b":{"type":"long"},"c":{"type":"long"}}})", R"({"properties":{}})",
        R"({"properties":{"a":{"type":"ip"},"b":{"type":"long"}}})", "{}",
        R"({"properties":{"a":{"properties":{"x":{"type":"ip"}}},"b":{"type":"long"}}})"}) {
    const auto followed = mapping->Follow(json);
    ASSERT_TRUE(followed.ok()) << json;
    EXPECT_EQ((*followed)->json(), (*Mapping::Restore(json))->json());
  }
  EXPECT_FALSE(mapping->Follow("{\"prop").ok());
}

}  // namespace
}  // namespace engine
