#include "cluster/index/alias_expression.h"

#include <gtest/gtest.h>

#include <map>

#include "base/text/strings.h"

namespace cluster {
namespace {

// What the expression selects of four aliases, and what is missing.
std::string Look(const char* items) {
  const std::map<std::string, std::string> aliases = {
      {"bar", "{}"}, {"baz", "{}"}, {"foo", "{}"}, {"foobar", "{}"}};
  const AliasExpression expression(base::SplitList(items));
  const std::vector<std::string> selected = *expression.Select(aliases, nullptr);
  const std::set<std::string> set(selected.begin(), selected.end());
  return base::Join(std::vector<std::string>(set.begin(), set.end()), " ") + "|" +
         base::Join(expression.Missing(set), " ");
}

TEST(AliasExpression, SelectsByNamesAndPatterns) {
  EXPECT_EQ(Look("foo"), "foo|");
  EXPECT_EQ(Look("nope,foo,gone"), "foo|gone nope");
  EXPECT_EQ(Look("f*,*bar"), "bar foo foobar|");
  EXPECT_EQ(Look("_all"), "bar baz foo foobar|");
  EXPECT_EQ(Look("_all,nope"), "bar baz foo foobar|nope");
  EXPECT_EQ(Look("nope*"), "|");
}

TEST(AliasExpression, ExclusionsTakeAwayWhatStandsBeforeThem) {
  EXPECT_EQ(Look("f*,-foo"), "foobar|");
  EXPECT_EQ(Look("foo,-f*"), "|");
  EXPECT_EQ(Look("*,-*"), "|");
  EXPECT_EQ(Look("foo,bar,-f*,foo"), "bar foo|");
  EXPECT_EQ(Look("bar,b*,-ba*,baz"), "baz|");
  EXPECT_EQ(Look("nope,f*,-nope"), "foo foobar|");
  EXPECT_EQ(Look("f*,-nope,nope"), "foo foobar|nope");
  EXPECT_EQ(Look("-f*,foo"), "foo|");
}

TEST(AliasExpression, ADashBeforeTheFirstWildcardIsMissingAsAName) {
  EXPECT_EQ(Look("-foo"), "|-foo");
  EXPECT_EQ(Look("foo,-foo"), "|-foo foo");
  EXPECT_EQ(Look("-foo,foo"), "foo|-foo");
  EXPECT_EQ(Look("-foo,f*"), "foo foobar|-foo");
  EXPECT_EQ(Look("_all,-foo"), "bar baz foobar|-foo");  // _all is no wildcard
  EXPECT_EQ(Look("foo,-_all"), "foo|-_all");
  EXPECT_EQ(Look("f*,-_all"), "foo foobar|");
}

TEST(AliasExpression, NamesTheItemsThatFitNothing) {
  const AliasExpression expression(base::SplitList("f*,nope,-bar,foo"));
  EXPECT_EQ(base::Join(expression.Unmatched({"foo", "foobar"}), " "), "nope -bar");
}

}  // namespace
}  // namespace cluster
