// Shapes in documents, through the door that others use.

#include "engine/mapping/geometry.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

class ShapeTest : public testing::Test {
 protected:
  static std::shared_ptr<const Mapping> MappingWith(const std::string& more) {
    return *Mapping::Parse(
        LoneTask(),
        R"({"properties":{"s":{"type":"geo_shape")" + more +
            R"(},"n":{"type":"nested","properties":{"s":{"type":"geo_shape"}}}}})",
        {});
  }
  // The reason of the innermost cause; "" if the document fits.
  static std::string Refusal(const Mapping& mapping, const std::string& document) {
    const auto update = mapping.Check(LoneTask(), "1", "", document);
    if (update.ok()) return "";
    const base::Status* at = &update.status();
    while (at->cause() != nullptr) at = at->cause();
    return at->reason();
  }
  std::string Of(const std::string& type, const std::string& coordinates,
                 const std::string& more = "") const {
    return Refusal(*plain_,
                   R"({"s":{"type":")" + type + R"(","coordinates":)" + coordinates + more + "}}");
  }
  std::string OfText(const std::string& wkt) const {
    return Refusal(*plain_, R"({"s":")" + wkt + "\"}");
  }

  std::shared_ptr<const Mapping> plain_ = MappingWith("");
};

TEST_F(ShapeTest, TakesWhatIsWellMade) {
  const std::vector<std::pair<std::string, std::string>> good = {
      {"Point", "[1,2]"},
      {"point", "[200,100,5]"},
      {"LineString", "[[1,2],[3,4]]"},
      {"multipoint", "[[1,2],[3,4]]"},
      {"multilinestring", "[[[1,2],[3,4]],[[5,6],[7,8]]]"},
      {"polygon", "[[[0,0],[9,0],[9,9],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]"},
      {"multipolygon", "[[[[0,0],[1,0],[1,1],[0,0]]]]"},
      {"polygon", "[[[170,0],[190,0],[190,10],[170,0]]]"},
      {"envelope", "[[10,10],[0,0]]"},
      {"bbox", "[[0,10],[10,0]]"}};
  for (const auto& [type, coordinates] : good) EXPECT_EQ(Of(type, coordinates), "") << coordinates;
  for (const char* wkt :
       {"POINT (1 2)", "point empty", "LINESTRING(1 2,3 4)", "MULTIPOINT (1 2, 3 4)",
        "POLYGON ((0 0, 1 0, 1 1, 0 0))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)",
        "BBOX (10, 0, 10, 0)", "POINT (1 2) and more",
        "GEOMETRYCOLLECTION (POINT EMPTY, GEOMETRYCOLLECTION (POINT (1e1 -2.5)))"}) {
    EXPECT_EQ(OfText(wkt), "") << wkt;
  }
}

TEST_F(ShapeTest, TakesCoordinatesOfItsDepth) {
  const char* const no_list = "expected a list of points but got a point";
  EXPECT_EQ(Of("point", "[[1,2]]"), "expected a single points but got a list");
  EXPECT_EQ(Of("linestring", "[1,2]"), no_list);
  EXPECT_EQ(Of("linestring", "[[1,2]]"), "not enough points to build a line");
  EXPECT_EQ(Of("polygon", "[[0,0],[1,0],[1,1],[0,0]]"), no_list);
  EXPECT_EQ(Of("polygon", "[]"), "Index 0 out of bounds for length 0");
  EXPECT_EQ(Of("multipolygon", "[[[0,0],[1,0],[1,1],[0,0]]]"), no_list);
  EXPECT_EQ(Of("multipoint", "[]"), "the list of shapes cannot be null or empty");
  EXPECT_EQ(Of("point", "[1]"), "geo coordinates must be numbers");
  EXPECT_EQ(Of("point", R"(["1","2"])"), "geo coordinates must be numbers");
  EXPECT_EQ(Of("point", "[1,2,3,4]"),
            "geo coordinates greater than 3 dimensions are not supported");
  EXPECT_EQ(Of("linestring", "[[1,2],[3,4,5]]"),
            "Exception parsing coordinates: number of dimensions do not match");
  EXPECT_EQ(Of("linestring", "[[1,2],3]"),
            "attempting to get number of dimensions on an empty coordinate node");
  EXPECT_EQ(Of("point", "[1,2,null]"), "parser for [coordinates] did not end on END_ARRAY");
}

TEST_F(ShapeTest, NamesThePlaceOfABadMember) {
  const auto update =
      plain_->Check(LoneTask(), "1", "", R"({"s":{"type":"point","coordinates":[1]}})");
  ASSERT_FALSE(update.ok());
  EXPECT_EQ(update.status().reason(), "failed to parse field [s] of type [geo_shape]");
  EXPECT_EQ(update.status().cause()->type(), "x_content_parse_exception");
  EXPECT_EQ(update.status().cause()->reason(),
            "[1:38] [geojson] failed to parse field [coordinates]");
}

TEST_F(ShapeTest, ClosesItsRings) {
  EXPECT_EQ(Of("polygon", "[[[0,0],[1,0],[1,1]]]"),
            "first and last points of the linear ring must be the same (it must close itself): "
            "x[0]=0.0 x[2]=1.0 y[0]=0.0 y[2]=1.0");
  EXPECT_EQ(Of("polygon", "[[[0,0],[1,0],[0,0]]]"), "at least 4 polygon points required");
  EXPECT_EQ(Of("polygon", "[[[0,0],[1,0],[2,0],[0,0]]]"),
            "Cannot determine orientation: edges adjacent to (0.0,0.0) coincide");
  EXPECT_EQ(OfText("POLYGON ((0 0, 1 0, 1 0, 1 1, 0 0))"),
            "Provided shape has duplicate consecutive coordinates at: (POINT (1.0 0.0))");
  EXPECT_EQ(OfText("POLYGON ((0 0, 9 0, 9 9, 0 0), (20 20, 21 20, 21 21, 20 20))"),
            "Invalid shape: Hole is not within polygon");
  EXPECT_EQ(OfText("POLYGON ((0 0, 9 0, 9 9, 0 0), (2 20, 3 20, 3 21, 2 20))"), "");
  const auto coercing = MappingWith(R"(,"coerce":true)");
  EXPECT_EQ(Refusal(*coercing, R"x({"s":"POLYGON ((0 0, 1 0, 1 1))"})x"), "");
}

TEST_F(ShapeTest, IsOneThatTheIndexTakes) {
  EXPECT_EQ(Of("pointy", "[1,2]"), "No enum constant org.opensearch.geometry.ShapeType.POINTY");
  EXPECT_EQ(Of("circle", "[1,2]"), "radius is not specified");
  EXPECT_EQ(Of("circle", "[1,2]", R"(,"radius":"1m")"), "circle geometry is not supported");
  EXPECT_EQ(Of("circle", "[1,2]", R"(,"radius":"-5m")"), "Circle radius [-5.0] cannot be negative");
  EXPECT_EQ(Of("point", "[1,2]", R"(,"radius":"1m")"),
            "parameter radius is not supported for type point");
  EXPECT_EQ(Of("polygon", "[[[0,0],[1,0],[1,1],[0,0]]]", R"(,"orientation":"bad")"),
            "Unknown orientation [bad]");
  EXPECT_EQ(Of("envelope", "[[0,0],[10,10]]"), "max y cannot be less than min x");
  EXPECT_EQ(Of("envelope", "[[0,100],[10,0]]"),
            "invalid latitude 100.0; must be between -90.0 and 90.0");
  EXPECT_EQ(Of("envelope", "[[5,5],[5,5]]"), "at least three non-collinear points required");
  EXPECT_EQ(OfText("LINESTRING EMPTY"), "Cannot assign field \"minY\" because \"root\" is null");
  const auto flat = MappingWith(R"(,"ignore_z_value":false)");
  EXPECT_EQ(Refusal(*flat, R"x({"s":"POINT (1 2 3)"})x"),
            "found Z value [3.0] but [ignore_z_value] parameter is [false]");
}

TEST_F(ShapeTest, SaysWhatIsWrongWithWellKnownText) {
  EXPECT_EQ(OfText("POINT (1 2"), "expected word but found: END-OF-STREAM");
  EXPECT_EQ(OfText("POINT (1,2)"), "expected number but found: ','");
  EXPECT_EQ(OfText("POINT (a b)"), "invalid number found: a");
  EXPECT_EQ(OfText("POINT (1 2 3 4)"), "expected ) but found: 4");
  EXPECT_EQ(OfText("POINT Z (1 2 3)"), "expected EMPTY or ( but found: Z");
  EXPECT_EQ(OfText("LINESTRING (1 2)"), "at least two points in the line is required");
  EXPECT_EQ(OfText("LINESTRING (1 2, 3 4 5)"), "coordinate dimensions do not match: 5");
  EXPECT_EQ(OfText("BBOX (0 10 10 0)"), "expected , but found: 10");
  EXPECT_EQ(OfText("ENVELOPE (0, 10, 10, 0)"), "Unknown geometry type: envelope");
}

TEST_F(ShapeTest, IsPardonedWhereTheMappingSaysSo) {
  const auto lenient = MappingWith(R"(,"ignore_malformed":true)");
  for (const char* bad : {R"("POINT (1")", R"({"type":"point","coordinates":[1]})", "5",
                          R"x(["POINT (1","POINT (1 2)"])x"}) {
    EXPECT_EQ(Refusal(*lenient, std::string(R"({"s":)") + bad + "}"), "") << bad;
  }
}

TEST_F(ShapeTest, HasOneValueInADocument) {
  const char* const twice =
      "DocValuesField \"s\" appears more than once in this document (only one value is allowed per "
      "field)";
  const std::string two = R"x({"s":["POINT (1 2)","POINT (1 2)"]})x";
  EXPECT_EQ(Refusal(*plain_, two), twice);
  EXPECT_EQ(Refusal(*plain_, R"x({"s":"POINT (1 2)"})x"), "");
  EXPECT_EQ(Refusal(*plain_, R"x({"n":[{"s":"POINT (1 2)"},{"s":"POINT (1 2)"}]})x"), "");
  EXPECT_EQ(Refusal(*MappingWith(R"(,"doc_values":false)"), two), "");
}

TEST_F(ShapeTest, IsNotReadTooDeep) {
  EXPECT_EQ(OfText(Repeated("GEOMETRYCOLLECTION (", 100'000)),
            "a geometry collection with a depth greater than 1000 is not supported");
  const std::string open = R"({"type":"geometrycollection","geometries":[)";
  EXPECT_EQ(
      Refusal(*plain_, R"({"s":)" + Repeated(open, 400) +
                           R"({"type":"point","coordinates":[1,2]})" + Repeated("]}", 400) + "}"),
      "");
  EXPECT_EQ(Of("point", Repeated("[", 990) + "1,2" + Repeated("]", 990)),
            "expected a single points but got a list");
}

}  // namespace
}  // namespace engine
