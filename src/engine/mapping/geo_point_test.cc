// Points in documents and in mappings, through the door that others use.

#include "engine/mapping/geo_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

constexpr char kPoint[] = R"({"properties":{"p":{"type":"geo_point"}}})";

// The reason of the cause; "" if the document {"p":`value`} fits.
std::string Refusal(std::string_view mapping, const std::string& value) {
  const auto parsed = Mapping::Parse(LoneTask(), mapping, {});
  if (!parsed.ok()) return "mapping: " + parsed.status().reason();
  const auto update = (*parsed)->Check(LoneTask(), "1", "", R"({"p":)" + value + "}");
  if (update.ok()) return "";
  const base::Status& status = update.status();
  return status.cause() == nullptr ? status.reason() : status.cause()->reason();
}

TEST(GeoPoint, IsANumberPairWithinAnArrayOfPoints) {
  for (const char* good : {R"(["1,2",[3,4],{"lat":5,"lon":6}])", "[[1,2],[3,4,5]]", "[]", "null",
                           R"(["1,2","drm3"])", R"([1,"2"])"}) {
    EXPECT_EQ(Refusal(kPoint, good), "") << good;
  }
  for (const char* bad : {R"([["1,2"]])", R"([["1,2",3]])", "[[[1,2]]]", R"([[1,2],["3,4"]])",
                          R"([[{"lat":1,"lon":2}]])", "[[null]]", R"(["1,2",["3,4","5,6"]])"}) {
    EXPECT_EQ(Refusal(kPoint, bad), "numeric value expected") << bad;
  }
  for (const char* bad : {"[null]", R"(["1,2",null])", "[[1,2],null]", "[[1,2],3]", "[true]"}) {
    EXPECT_EQ(Refusal(kPoint, bad), "geo_point expected") << bad;
  }
  EXPECT_EQ(Refusal(kPoint, "[[1,2],[]]"),
            "[geo_point] field type should have at least two dimensions");
  EXPECT_EQ(Refusal(kPoint, "[[1,2],[3,4,5,6]]"),
            "[geo_point] field type does not accept more than 3 values");
  EXPECT_EQ(Refusal(kPoint, "[[1,2],{}]"), "token [END_OBJECT] not allowed");
}

TEST(GeoPoint, IsFollowedByOthersAfterThreeNumbers) {
  EXPECT_EQ(Refusal(kPoint, R"([1,2,3,"4,5",null,[6,7]])"), "");
  EXPECT_EQ(Refusal(kPoint, "[1,2,3,4]"), "geo_point expected");
  EXPECT_EQ(Refusal(kPoint, R"([1,2,"3"])"), "field type does not accept > 3 dimensions");
  std::string deep;
  for (int i = 0; i < 900; ++i) deep += "[1,2,3,";
  EXPECT_EQ(Refusal(kPoint, deep + "null" + std::string(900, ']')), "");
}

TEST(GeoPoint, NamesTheTokenThatIsNoSecondNumber) {
  EXPECT_THAT(Refusal(kPoint, "[1]"),
              testing::AllOf(testing::StartsWith("Current token (END_ARRAY) not numeric"),
                             testing::HasSubstr("line: 1, column: 9]")));
  EXPECT_THAT(Refusal(kPoint, "[1,null]"),
              testing::StartsWith("Current token (VALUE_NULL) not numeric"));
}

TEST(GeoPoint, GivesItsMultiFieldsAText) {
  const char* const with_keyword =
      R"({"properties":{"p":{"type":"geo_point","fields":{"k":{"type":"keyword"}}}}})";
  EXPECT_EQ(Refusal(with_keyword, "[1,2]"), "");
  EXPECT_EQ(Refusal(with_keyword, R"([["1,2"]])"), "numeric value expected");
}

TEST(GeoPoint, IsReadAsAWholeBehindADynamicTemplate) {
  const char* const all = R"({"dynamic_templates":[{"t":{"match":"*",
      "mapping":{"type":"geo_point"}}}]})";
  EXPECT_EQ(Refusal(all, "[1,2]"), "");
  EXPECT_EQ(Refusal(all, "[[1,2]]"), "");
  EXPECT_EQ(Refusal(all, R"([["1,2"]])"), "numeric value expected");
}

std::string Mapped(const std::string& null_value, const std::string& more = "") {
  const std::string mapping =
      R"({"properties":{"p":{"type":"geo_point","null_value":)" + null_value + more + "}}}";
  const auto parsed = Mapping::Parse(LoneTask(), mapping, {});
  if (!parsed.ok()) return parsed.status().cause()->reason();
  EXPECT_TRUE(Mapping::Restore((*parsed)->json(), {}).ok());
  return std::string((*parsed)->json());
}

TEST(GeoPoint, IsShownInOneWayAsANullValue) {
  for (const char* one : {R"("1,2")", "[2,1]", R"({"lat":"1","lon":2})", "\"POINT (2 1)\""}) {
    EXPECT_THAT(Mapped(one), testing::HasSubstr(R"("null_value":{"lat":1.0,"lon":2.0})")) << one;
  }
  EXPECT_THAT(Mapped(R"("drm3")"), testing::HasSubstr(R"({"lat":40.95703125,"lon":-71.3671875})"));
  EXPECT_THAT(Mapped("[200,100]", R"(,"ignore_malformed":true)"),
              testing::HasSubstr(R"({"lat":80.0,"lon":20.0})"));
}

TEST(GeoPoint, IsRefusedAsANullValue) {
  EXPECT_EQ(Mapped("5"), "geo_point expected");
  EXPECT_EQ(Mapped(R"(["1,2"])"), "numeric value expected");
  EXPECT_EQ(Mapped("[200,1]"), "illegal longitude value [200.0]");
  EXPECT_EQ(Mapped("{}"), "token [END_OBJECT] not allowed");
  EXPECT_EQ(Mapped("[1,2,3]", R"(,"ignore_z_value":false)"),
            "Exception parsing coordinates: found Z value [3.0] but [ignore_z_value] parameter is "
            "[false]");
  EXPECT_EQ(Mapped(R"({"lat":1})", R"(,"ignore_malformed":true)"), "field [lon] missing");
}

}  // namespace
}  // namespace engine
