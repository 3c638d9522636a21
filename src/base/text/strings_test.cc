#include "base/text/strings.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Glob, MatchesRunsOfAnything) {
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_TRUE(GlobMatch("indices:*/bulk*", "indices:data/write/bulk[s]"));
  EXPECT_TRUE(GlobMatch("a*b*c", "aXbYbZc"));
  EXPECT_TRUE(GlobMatch("**a**", "xay"));
  EXPECT_TRUE(GlobMatch("", ""));
  EXPECT_FALSE(GlobMatch("", "a"));
  EXPECT_FALSE(GlobMatch("a*b", "ab_"));
  EXPECT_FALSE(GlobMatch("*a", "ab"));
  EXPECT_FALSE(GlobMatch("a?c", "abc")) << "a question mark is only itself";
}

TEST(Glob, IsNeverExponential) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(20'000, 'a')));
}

TEST(Glob, AnyOfNoneMatchesNothing) {
  const std::vector<std::string> patterns = {"x*", "*y"};
  EXPECT_TRUE(GlobMatchAny(patterns, "ay"));
  EXPECT_FALSE(GlobMatchAny(patterns, "a"));
  EXPECT_FALSE(GlobMatchAny({}, ""));
}

TEST(SplitList, TrimsNothingAndDropsOnlyTheEmptyEnd) {
  using List = std::vector<std::string>;
  EXPECT_EQ(SplitList("a,b"), (List{"a", "b"}));
  EXPECT_EQ(SplitList("a, b,,c,,"), (List{"a", " b", "", "c"}));
  EXPECT_EQ(SplitList(",a"), (List{"", "a"}));
  EXPECT_EQ(SplitList(""), List{});
  EXPECT_EQ(SplitList(",,"), List{});
}

TEST(Levenshtein, CountsCharactersNotBytes) {
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("detailed", "detaild"), 0.875F);
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("", ""), 1);
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("", "abc"), 0);
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("é", "e"), 0);
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("éa", "éb"), 0.5F);
  EXPECT_FLOAT_EQ(LevenshteinSimilarity("kitten", "sitting"), 1 - 3 / 7.F);
}

TEST(DidYouMean, NamesWhatIsMoreThanHalfAlikeBestFirst) {
  const std::vector<std::string> known = {"actions", "nodes", "detailed", "node_ids"};
  EXPECT_EQ(DidYouMean("action", known), " -> did you mean [actions]?");
  EXPECT_EQ(DidYouMean("node_id", known), " -> did you mean any of [node_ids, nodes]?");
  EXPECT_EQ(DidYouMean("xyz", known), "");
  EXPECT_EQ(DidYouMean(std::string(100'000, 'a'), known), "");
}

TEST(Base64Url, HasNoPaddingAndComesBack) {
  EXPECT_EQ(Base64UrlEncode(""), "");
  EXPECT_EQ(Base64UrlEncode("f"), "Zg");
  EXPECT_EQ(Base64UrlEncode("fo"), "Zm8");
  EXPECT_EQ(Base64UrlEncode("foo"), "Zm9v");
  EXPECT_EQ(Base64UrlEncode("\xFB\xFF"), "-_8");
  for (const std::string text : {"", "f", "fo", "foo", "foob"}) {
    EXPECT_EQ(*Base64UrlDecode(Base64UrlEncode(text)), text);
  }
  for (const char* bad : {"Z", "Zg=", "Z+", "Zh"}) EXPECT_FALSE(Base64UrlDecode(bad).ok()) << bad;
}

TEST(PercentDecode, UndoesEscapesAndBlanks) {
  EXPECT_EQ(*PercentDecode("a%3Ab%c3%A9+", PlusIsBlank::kNo), "a:b\xC3\xA9+");
  EXPECT_EQ(*PercentDecode("a+b%2B", PlusIsBlank::kYes), "a b+");
  EXPECT_EQ(*PercentDecode("", PlusIsBlank::kNo), "");
}

TEST(PercentDecode, RefusesBadEscapes) {
  for (const char* bad : {"%", "%4", "a%4", "%zz", "%4g", "%%41"}) {
    EXPECT_EQ(PercentDecode(bad, PlusIsBlank::kNo).status().http_status(), 400) << bad;
  }
}

TEST(PercentEncode, ComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(*PercentDecode(PercentEncode(all), PlusIsBlank::kYes), all);
  EXPECT_EQ(PercentEncode("a-b/c"), "a-b%2Fc");
}

TEST(Utf8, KnowsWellFormedCharacters) {
  EXPECT_EQ(Utf8CharLength("a"), 1);
  EXPECT_EQ(Utf8CharLength("é"), 2);
  EXPECT_EQ(Utf8CharLength("€"), 3);
  EXPECT_EQ(Utf8CharLength("😀"), 4);
  for (const char* bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(Utf8CharLength(bad), 0) << bad;
    EXPECT_FALSE(IsValidUtf8(bad)) << bad;
  }
  EXPECT_TRUE(IsValidUtf8("a é € 😀"));
}

TEST(Strings, TrimJoinAndLower) {
  EXPECT_EQ(TrimAscii(" \t a b\n"), "a b");
  EXPECT_EQ(TrimAscii("  "), "");
  EXPECT_EQ(Join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(ToLowerAscii("AbC-É"), "abc-É");
}

}  // namespace
}  // namespace base
