#include "base/json/filter_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

#include "base/json/compact_writer.h"
#include "base/json/pretty_writer.h"
#include "base/json/tree.h"

namespace base::json {
namespace {

std::string Filtered(std::string_view json, std::string_view filter_path) {
  std::string text;
  CompactWriter compact(text);
  FilterWriter writer(compact, filter_path);
  const Result<Document> document = Document::Parse(json);
  if (!document.ok()) return document.status().reason();
  document->root().Write(writer);
  return text;
}

constexpr std::string_view kSmall = R"({"a":1,"b":{"c":1},"e":{},"m":[]})";

TEST(FilterPath, OfNothingPassesEverything) {
  EXPECT_EQ(Filtered(kSmall, ""), kSmall);
  EXPECT_EQ(Filtered(kSmall, ",-, "), kSmall);
}

TEST(FilterPath, KeepsWhatItNames) {
  EXPECT_EQ(Filtered(kSmall, "a,b.x"), R"({"a":1})");
  EXPECT_EQ(Filtered(kSmall, "e,m"), R"({"e":{},"m":[]})");
  EXPECT_EQ(Filtered(kSmall, " a , b.c "), R"({"a":1,"b":{"c":1}})");
  EXPECT_EQ(Filtered(kSmall, "a."), R"({"a":1})");
  EXPECT_EQ(Filtered(R"({"a":{"b":{"c":1,"d":1}}})", "a.b,a.b.c"), R"({"a":{"b":{"c":1,"d":1}}})");
  EXPECT_EQ(Filtered(R"({"a":{"b":[]}})", "a.b"), R"({"a":{"b":[]}})");
}

TEST(FilterPath, ThatLeavesNothingLeavesTheOutermostContainer) {
  for (const char* path : {"none", "-*", "-**", "b,-b", "b,-b.c", "a.b"}) {
    EXPECT_EQ(Filtered(kSmall, path), "{}") << path;
  }
  EXPECT_EQ(Filtered(R"([{"a":1}])", "none"), "[]");
}

TEST(FilterPath, StarStandsForANameOrAPartOfOne) {
  EXPECT_EQ(Filtered(kSmall, "*"), kSmall);
  EXPECT_EQ(Filtered(kSmall, "*.c"), R"({"b":{"c":1}})");
  EXPECT_EQ(Filtered(R"({"abc":1,"abd":2,"xbc":3})", "a*c"), R"({"abc":1})");
  EXPECT_EQ(Filtered(R"({"abc":1,"abd":2,"xbc":3})", "a*,*c"), R"({"abc":1,"abd":2,"xbc":3})");
}

TEST(FilterPath, TwoStarsStandForOneLevelOrMore) {
  EXPECT_EQ(
      Filtered(R"({"b":{"c":1,"d":{"c":2,"e":[]}},"l":[1,{"c":3,"x":4},[{"c":5}],{}]})", "**.c"),
      R"({"b":{"c":1,"d":{"c":2}},"l":[{"c":3},[{"c":5}]]})");
  EXPECT_EQ(Filtered(R"({"a":{"b":{"c":1}},"c":2})", "a.**.c"), R"({"a":{"b":{"c":1}}})");
  EXPECT_EQ(Filtered(R"({"a":{"c":1},"c":2})", "**.c"), R"({"a":{"c":1}})");
  EXPECT_EQ(Filtered(R"({"a":{"b":{"c":{"d":1}}},"x":1})", "**.b.**.d"),
            R"({"a":{"b":{"c":{"d":1}}}})");
  EXPECT_EQ(Filtered(kSmall, "**"), kSmall);
}

TEST(FilterPath, MinusLeavesOut) {
  EXPECT_EQ(Filtered(kSmall, "-b.c"), R"({"a":1,"e":{},"m":[]})");
  EXPECT_EQ(Filtered(kSmall, "-b.c,-e.x,-m.x"), R"({"a":1})")
      << "what is only looked into and empty";
  EXPECT_EQ(Filtered(R"({"a":{"b":1,"c":{}},"z":1})", "-a.b"), R"({"a":{"c":{}},"z":1})");
  EXPECT_EQ(Filtered(R"({"a":{"b":{"c":{"d":1}}},"x":1})", "-**.d"), R"({"x":1})");
  EXPECT_EQ(Filtered(R"({"-a":1,"b":2})", "--a"), R"({"b":2})");
}

TEST(FilterPath, MayDoBoth) {
  EXPECT_EQ(Filtered(R"({"a":1,"b":{"c":1,"d":2}})", "b,-b.c"), R"({"b":{"d":2}})");
  EXPECT_EQ(Filtered(R"({"a":{"b":1,"c":2},"d":{"b":3,"c":4}})", "*.b,-d"), R"({"a":{"b":1}})");
  EXPECT_EQ(Filtered(R"({"a":{"b":{"c":1,"d":1}}})", "a.b.c,a.*.d,-**.c"),
            R"({"a":{"b":{"d":1}}})");
}

TEST(FilterPath, GoesThroughArrays) {
  EXPECT_EQ(Filtered(R"({"l":[1,2,{"a":1,"b":2}]})", "l.a"), R"({"l":[{"a":1}]})");
  EXPECT_EQ(Filtered(R"({"l":[1,2,{"a":1,"b":2}]})", "-l.a"), R"({"l":[1,2,{"b":2}]})");
  EXPECT_EQ(Filtered(R"({"l":[1,2,{"a":1}]})", "-l.a"), R"({"l":[1,2]})");
  EXPECT_EQ(Filtered(R"({"l":[[],[{}],{"a":[]}]})", "l.a"), R"({"l":[{"a":[]}]})");
  EXPECT_EQ(Filtered(R"({"l":[[],[{}],{"a":[]}]})", "l"), R"({"l":[[],[{}],{"a":[]}]})");
  EXPECT_EQ(Filtered(R"([{"a":1,"b":2},{"b":3}])", "a"), R"([{"a":1}])");
  EXPECT_EQ(Filtered(R"({"a":[[1,{"b":1}],[]],"k":5})", "**.b,k"), R"({"a":[[{"b":1}]],"k":5})");
}

TEST(FilterPath, TakesADotBehindABackslashForPartOfTheName) {
  EXPECT_EQ(Filtered(R"({"a.b":1,"a":{"b":2}})", "a.b"), R"({"a":{"b":2}})");
  EXPECT_EQ(Filtered(R"({"a.b":1,"a":{"b":2}})", "a\\.b"), R"({"a.b":1})");
}

TEST(FilterPath, LooksIntoRawJsonOnlyIfItMust) {
  const auto raw = [](std::string_view path) {
    std::string text;
    CompactWriter compact(text);
    FilterWriter writer(compact, path);
    writer.BeginObject();
    writer.RawField("_source", R"({ "a":1, "b":2 })");
    writer.EndObject();
    return text;
  };
  EXPECT_EQ(raw("_source"), R"({"_source":{ "a":1, "b":2 }})");
  EXPECT_EQ(raw("_source.b"), R"({"_source":{"b":2}})");
  EXPECT_EQ(raw("-_source.b"), R"({"_source":{"a":1}})");
  EXPECT_EQ(raw("x"), "{}");
}

TEST(FilterPath, PassesEveryKindOfValue) {
  std::string text;
  CompactWriter compact(text);
  FilterWriter writer(compact, "a,-a.x");
  writer.BeginObject();
  writer.ArrayField("a");
  writer.Value("s");
  writer.Value(-1);
  writer.Value(1u);
  writer.Value(0.5);
  writer.Value(0.25F);
  writer.Value(true);
  writer.Value(nullptr);
  writer.Number("1e5");
  writer.EndArray();
  writer.EndObject();
  EXPECT_EQ(text, R"({"a":["s",-1,1,0.5,0.25,true,null,1e5]})");
}

TEST(FilterPath, DoesNotGrowWithEveryWayThroughItsStars) {
  std::string path = "**";
  for (int i = 0; i < 100; ++i) path += ".**";
  std::string json = "1";
  for (int i = 0; i < 100; ++i) json = "{\"a\":" + json + "}";
  EXPECT_EQ(Filtered(json, path + ".b"), "{}");
}

// Each number in it is there once.
std::string RandomValue(std::mt19937& random, int depth, int& number) {
  const auto kind = random() % 4;
  if (depth == 0 || kind == 0) return std::to_string(++number);
  std::string text;
  for (std::size_t i = random() % 4; i > 0; --i) {
    if (!text.empty()) text += ',';
    if (kind != 1) text += std::string("\"") + "abc"[i - 1] + "abc"[random() % 3] + "\":";
    text += RandomValue(random, depth - 1, number);
  }
  return kind == 1 ? "[" + text + "]" : "{" + text + "}";
}

std::set<int> NumbersIn(const std::string& json) {
  std::set<int> numbers;
  for (std::size_t at = 0; (at = json.find_first_of("0123456789", at)) != std::string::npos;) {
    numbers.insert(std::stoi(json.substr(at)));
    at = json.find_first_not_of("0123456789", at);
  }
  return numbers;
}

std::set<int> Common(const std::set<int>& a, const std::set<int>& b) {
  std::set<int> common;
  std::ranges::set_intersection(a, b, std::inserter(common, common.end()));
  return common;
}

// Of many paths it is remembered where they lead, of one it is not.
TEST(FilterPath, OfManyPathsKeepsWhatThePathsOneByOneDo) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    int number = 0;
    std::string json;
    for (int i = 0; i < 8; ++i) {
      json += (i > 0 ? ",\"" : "\"") + std::string(1, "xyz"[i % 3]) + std::string(i + 1u, 'k') +
              "\":" + RandomValue(random, 4, number);
    }
    json = "{" + json + "}";
    std::string paths;
    std::set<int> included, left = NumbersIn(json);
    for (int i = 0; i < 40; ++i) {
      const char* const kSegments[] = {"*", "**", "a*", "*b", "ab", "bc", "c*", "ca"};
      const bool excludes = random() % 4 == 0;
      std::string path = excludes ? "-" : "";
      path += std::string(1, "xyz"[random() % 3]) + "*";
      for (std::size_t more = 2 + random() % 3; more > 0; --more) {
        path += std::string(".") + kSegments[random() % std::size(kSegments)];
      }
      paths += "," + path;
      const std::set<int> alone = NumbersIn(Filtered(json, path));
      excludes ? void(left = Common(left, alone)) : included.insert(alone.begin(), alone.end());
    }
    EXPECT_EQ(NumbersIn(Filtered(json, paths)), Common(included, left)) << paths;
  }
}

}  // namespace
}  // namespace base::json
