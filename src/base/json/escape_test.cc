#include "base/json/escape.h"

#include <gtest/gtest.h>

namespace base::json {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendQuoted(out, text);
  return out;
}

TEST(Quoted, EscapesWhatJsonMustAndNothingElse) {
  EXPECT_EQ(Quoted("a/b'c\x7F"), "\"a/b'c\x7F\"");
  EXPECT_EQ(Quoted("\"\\\b\t\n\f\r"), R"("\"\\\b\t\n\f\r")");
  EXPECT_EQ(Quoted(std::string_view("\0\x1F", 2)), R"("\u0000\u001F")");
  EXPECT_EQ(Quoted("é€😀\u2028"), "\"é€😀\u2028\"");
  EXPECT_EQ(Quoted(""), "\"\"");
}

TEST(Quoted, SeesEveryByteWhereverItStands) {
  for (int length = 1; length < 40; ++length) {
    for (int place = 0; place < length; ++place) {
      for (const char special : {'\x01', '"', '\\', '\x1F'}) {
        std::string text(length, 'x');
        text[place] = special;
        EXPECT_EQ(Quoted(text).size(), length + 2u + (special < ' ' ? 5 : 1));
      }
    }
  }
}

TEST(Quoted, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Quoted("a\xFF\"b\xC3"), "\"a\uFFFD\\\"b\uFFFD\"");
  EXPECT_EQ(Quoted("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");
}

std::string Unescaped(std::string_view text) {
  std::string out(text.size(), '?');
  std::size_t length = 0;
  if (!Unescape(text, out.data(), length)) return "malformed";
  return out.substr(0, length);
}

TEST(Unescape, UndoesEveryEscape) {
  EXPECT_EQ(Unescaped(R"(a\"\\\/\b\f\n\r\tb)"), "a\"\\/\b\f\n\r\tb");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20AC)"), "Aé€");
  EXPECT_EQ(Unescaped(R"(\uD83D\uDE00!)"), "😀!");
}

TEST(Unescape, ReplacesLoneSurrogates) {
  EXPECT_EQ(Unescaped(R"(\uD83D)"), "\uFFFD");
  EXPECT_EQ(Unescaped(R"(\uDE00x)"), "\uFFFDx");
  EXPECT_EQ(Unescaped(R"(\uD83D\uD83D\uDE00)"), "\uFFFD😀");
  EXPECT_EQ(Unescaped(R"(\uD83D\n)"), "\uFFFD\n");
}

TEST(Unescape, RefusesMalformedEscapes) {
  for (const char* bad : {"\\", "\\x", "\\u", "\\u12", "\\u12g4", "\\uD83D\\u12"}) {
    EXPECT_EQ(Unescaped(bad), "malformed") << bad;
  }
}

}  // namespace
}  // namespace base::json
