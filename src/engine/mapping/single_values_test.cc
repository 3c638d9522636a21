// Ranks given twice, through the door that others use.

#include "engine/mapping/single_values.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

constexpr char kMapping[] = R"({"properties":{"f":{"type":"rank_features"},
    "g":{"type":"rank_features"},"r":{"type":"rank_feature"},
    "o":{"properties":{"f":{"type":"rank_features"}}},
    "n":{"type":"nested","properties":{"f":{"type":"rank_features"},
                                       "r":{"type":"rank_feature"}}}}})";

class SingleValuesTest : public testing::Test {
 protected:
  // The reason of the cause; "" if the document fits.
  std::string Refusal(const std::string& document) {
    const auto update = mapping_->Check(LoneTask(), "1", "", document);
    return update.ok() ? "" : update.status().cause()->reason();
  }

  std::shared_ptr<const Mapping> mapping_ = *Mapping::Parse(LoneTask(), kMapping, {});
};

std::string Twice(const std::string& feature) {
  return "[rank_features] fields do not support indexing multiple values for the same rank feature "
         "[" +
         feature + "] in the same document";
}

TEST_F(SingleValuesTest, TakeAFeatureOnce) {
  EXPECT_EQ(Refusal(R"({"f":[{"a":1},{"b":2},{"a":3}]})"), Twice("f.a"));
  EXPECT_EQ(Refusal(R"({"f":[[{"a":1}],[{"a":1}]]})"), Twice("f.a"));
  EXPECT_EQ(Refusal(R"({"f":[{"a.b":1},{"a.b":2}]})"), Twice("f.a.b"));
  EXPECT_EQ(Refusal(R"({"o":[{"f":{"a":1}},{"f":{"a":2}}]})"), Twice("o.f.a"));
  EXPECT_EQ(Refusal(R"({"o.f":{"a":1},"o":{"f":{"a":2}}})"), Twice("o.f.a"));
  EXPECT_EQ(Refusal(R"({"n":{"f":[{"a":1},{"a":2}]}})"), Twice("n.f.a"));
}

TEST_F(SingleValuesTest, TakeOtherFeaturesFieldsAndObjects) {
  for (const char* good :
       {R"({"f":[{"a":1},{"b":1},{"c":1}],"g":{"a":1}})", R"({"f":[{"a":null},{"a":1}]})",
        R"({"f":[{"a":1},{"a":null}]})", R"({"f":[{},{"a":1},{}]})",
        R"({"n":[{"f":{"a":1}},{"f":{"a":2}}],"o":{"f":{"a":1}},"f":{"a":1}})",
        R"({"n":[{"r":1},{"r":2}],"r":3})"}) {
    EXPECT_EQ(Refusal(good), "") << good;
  }
}

TEST_F(SingleValuesTest, RememberNothingOfTheLastDocumentOrNestedObject) {
  EXPECT_EQ(Refusal(R"({"f":[{"a":1},{"a":2}]})"), Twice("f.a"));
  EXPECT_EQ(Refusal(R"({"f":{"a":1}})"), "");
  EXPECT_EQ(Refusal(R"({"f":{"a":1},"n":{"f":{"a":1}},"f.":{"a":2}})"), Twice("f.a"));
  EXPECT_EQ(Refusal(R"({"r":1,"n":{"r":2},"r.":3})"),
            "[rank_feature] fields do not support indexing multiple values for the same field [r] "
            "in the same document");
}

}  // namespace
}  // namespace engine
