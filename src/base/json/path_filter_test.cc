#include "base/json/path_filter.h"

#include <gtest/gtest.h>

#include "base/json/compact_writer.h"

namespace base::json {
namespace {

using Names = std::vector<std::string>;

std::string Filtered(std::string_view json, const Names& includes, const Names& excludes = {}) {
  const Result<Document> document = Document::Parse(json);
  if (!document.ok()) return document.status().reason();
  std::string text;
  CompactWriter writer(text);
  PathFilter(includes, excludes).Write(document->root(), writer);
  return text;
}

constexpr std::string_view kDocument =
    R"({"o":{"a":1},"p":{"a":1,"b":{"c":1}},"k":{"t":1,"u":2},"t":5,"p.f":1,"q.r":2,)"
    R"("arr":[{"t":1},{"u":1},[{"t":2}]],"em":[],"eo":{},"nu":null})";

TEST(PathFilter, OfNothingKeepsEverything) { EXPECT_EQ(Filtered(kDocument, {}), kDocument); }

TEST(PathFilter, KeepsWhatIsIncludedAndAllBelowIt) {
  EXPECT_EQ(Filtered(kDocument, {"p.b"}), R"({"p":{"b":{"c":1}}})");
  EXPECT_EQ(Filtered(kDocument, {"p", "em", "eo", "nu"}),
            R"({"p":{"a":1,"b":{"c":1}},"p.f":1,"em":[],"eo":{},"nu":null})");
  EXPECT_EQ(Filtered(kDocument, {"nothing"}), "{}");
  EXPECT_EQ(Filtered(kDocument, {"nu.x", "em.x", "eo.x", "t.x"}), "{}");
}

TEST(PathFilter, StarsStandForDotsToo) {
  EXPECT_EQ(Filtered(kDocument, {"*.t"}), R"({"k":{"t":1},"arr":[{"t":1},[{"t":2}]]})");
  EXPECT_EQ(Filtered(kDocument, {"*c"}), R"({"p":{"b":{"c":1}}})");
  EXPECT_EQ(Filtered(kDocument, {"q*"}), R"({"q.r":2})");
  EXPECT_EQ(Filtered(kDocument, {"*r"}), R"({"q.r":2,"arr":[{"t":1},{"u":1},[{"t":2}]]})");
}

TEST(PathFilter, LeavesContainersThatAreIncludedEmpty) {
  EXPECT_EQ(Filtered(R"({"o":{"a":1},"p":{"b":{"c":1}},"l":[{"t":1}],"s":[1,2],"em":[],"ee":[[]]})",
                     {}, {"o.*", "p.b.c", "l.t", "s.t", "em.t", "ee.t"}),
            R"({"o":{},"p":{"b":{}},"l":[],"s":[1,2],"em":[],"ee":[]})");
  EXPECT_EQ(Filtered(kDocument, {"p"}, {"p.a", "p.b.c"}), R"({"p":{"b":{}},"p.f":1})");
}

TEST(PathFilter, ExcludesNamesWithDotsAsPaths) {
  EXPECT_EQ(Filtered(R"({"q":{"r":1,"s":2},"q.r":1,"q.r.t":1,"q.rs":1})", {}, {"q.r"}),
            R"({"q":{"s":2},"q.rs":1})");
  EXPECT_EQ(Filtered(R"({"x":{"y.z":1,"y":{"z":1,"u":2}}})", {}, {"x.y.z"}),
            R"({"x":{"y":{"u":2}}})");
}

TEST(PathFilter, TakesCommasAndDashesAsTheyAre) {
  EXPECT_EQ(Filtered(R"({"a":1,"b":2,"a,b":3,"-c":4,"c":5})", {"a,b", "-c"}, {"-d"}),
            R"({"a,b":3,"-c":4})");
}

TEST(PathFilter, WritesWhatIsNoObjectAsItIs) {
  EXPECT_EQ(Filtered(R"([1,{"a":2}])", {"b"}, {"a"}), R"([1,{"a":2}])");
}

}  // namespace
}  // namespace base::json
