#include "rest/http/target.h"

#include <gtest/gtest.h>

namespace rest::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

Target Parse(std::string_view raw) {
  auto target = ParseTarget(raw);
  EXPECT_TRUE(target.ok()) << raw;
  return target.ok() ? target.value() : Target();
}

TEST(Target, SplitsThePathAndLeavesOutEmptySegments) {
  EXPECT_EQ(Parse("/a/b").segments, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Parse("//_search/").segments, std::vector<std::string>{"_search"});
  EXPECT_EQ(Parse("/_tasks//_cancel").segments, (std::vector<std::string>{"_tasks", "_cancel"}));
  EXPECT_TRUE(Parse("/").segments.empty());
}

TEST(Target, KeepsSegmentsEncodedSoThatASlashInsideStaysInside) {
  const Target target = Parse("/logs/_doc/a%2Fb");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"logs", "_doc", "a%2Fb"}));
  EXPECT_EQ(target.path, "/logs/_doc/a/b");
}

TEST(Target, DecodesParametersInOrder) {
  EXPECT_EQ(Parse("/?a=1&b=%41+%2B&c&d=&e=x=y").parameters,
            (Parameters{{"a", "1"}, {"b", "A +"}, {"c", ""}, {"d", ""}, {"e", "x=y"}}));
  EXPECT_EQ(Parse("/?&&=&a;b=1").parameters, (Parameters{{"a", ""}, {"b", "1"}}));
  EXPECT_EQ(Parse("/a+b").path, "/a+b") << "a plus is a blank in the query only";
}

TEST(Target, TakesTheLastOfSeveralValues) {
  const Target target = Parse("/?a=1&b=2&a=3");
  EXPECT_EQ(target.parameters, (Parameters{{"a", "3"}, {"b", "2"}}));
  EXPECT_EQ(*target.Find("a"), "3");
  EXPECT_EQ(target.Find("c"), nullptr);
}

TEST(Target, MayBeAbsolute) {
  EXPECT_EQ(Parse("http://h:9200/a?b=c").segments, std::vector<std::string>{"a"});
  EXPECT_EQ(*Parse("http://h?b=c").Find("b"), "c");
  EXPECT_TRUE(Parse("http://h").segments.empty());
}

TEST(Target, WithABadEscapeIs400) {
  for (const char* raw : {"/%", "/%4", "/%zz", "/?a=%", "/?%g0=1"}) {
    auto target = ParseTarget(raw);
    ASSERT_FALSE(target.ok()) << raw;
    EXPECT_EQ(target.status().http_status(), 400);
  }
}

TEST(Target, ThatIsNotUtf8Is400) {
  for (const char* raw : {"/%ff", "/a/_alias/%fe", "/a/_doc/%c3", "/\xff", "/a?routing=%ff",
                          "/?%ff=1", "/%ed%a0%80", "/a?a=\xc0\x80"}) {
    const auto target = ParseTarget(raw);
    ASSERT_FALSE(target.ok()) << raw;
    EXPECT_EQ(target.status().http_status(), 400);
  }
  EXPECT_EQ(ParseTarget("/?a=%ff").status().reason(),
            "[%ff] is not UTF-8; encode the text as UTF-8, then escape its bytes");
  EXPECT_EQ(Parse("/%c3%a9/\xc3\xa9?x=%E2%82%ac").path, "/é/é");
}

}  // namespace
}  // namespace rest::http
