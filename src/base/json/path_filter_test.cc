#include "base/json/path_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

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

// Whether `path` fits `text`, of which nothing is remembered.
bool Fits(std::string_view path, std::string_view text) {
  if (path.empty()) return text.empty();
  if (path[0] == '*') {
    return Fits(path.substr(1), text) || (!text.empty() && Fits(path, text.substr(1)));
  }
  return !text.empty() && text[0] == path[0] && Fits(path.substr(1), text.substr(1));
}

bool Covers(std::string_view path, std::string_view name) {
  for (std::size_t end = 0; end <= name.size(); ++end) {
    if ((end == name.size() || name[end] == '.') && Fits(path, name.substr(0, end))) return true;
  }
  return false;
}

std::string RandomText(std::mt19937& random, std::string_view letters, std::size_t most) {
  std::string text;
  for (std::size_t left = 1 + random() % most; left > 0; --left) {
    text += letters[random() % letters.size()];
  }
  return text;
}

// Long enough for states to be numbered.
TEST(PathFilter, KeepsWhatItsPathsCoverOneByOne) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Names paths;
    for (std::size_t left = 1 + random() % 4; left > 0; --left) {
      paths.push_back(RandomText(random, "ab.**", 8));
    }
    std::set<std::string> names;
    while (names.size() < 300) names.insert(RandomText(random, "aab.", 12));
    std::string json, included, rest;
    for (const std::string& name : names) {
      const std::string member = '"' + name + "\":1";
      const auto add = [&](std::string& text) { text += (text.empty() ? "" : ",") + member; };
      add(json);
      add(std::ranges::any_of(paths, [&](const auto& path) { return Covers(path, name); })
              ? included
              : rest);
    }
    EXPECT_EQ(Filtered("{" + json + "}", paths), "{" + included + "}") << seed;
    EXPECT_EQ(Filtered("{" + json + "}", {}, paths), "{" + rest + "}") << seed;
  }
}

// Each byte of the names once led to thousands of places in such paths: 18 s for one read.
TEST(PathFilter, FollowsPathsThatAreMadeToBeSlow) {
  std::string many_stars, json;
  for (int i = 0; i < 2000; ++i) many_stars += "*a";
  Names long_runs;
  for (std::size_t i = 1; i < 80; ++i) long_runs.push_back("*" + std::string(i, 'a') + "b");
  for (int i = 0; i < 1000; ++i) {
    json += (i > 0 ? ",\"" : "\"") + std::string(1000, 'a') + std::to_string(i) + "\":1";
  }
  json = "{" + json + "}";
  EXPECT_EQ(Filtered(json, {many_stars + "b"}), "{}");
  EXPECT_EQ(Filtered(json, {}, long_runs), json);
}

}  // namespace
}  // namespace base::json
