#include "base/json/tree.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace base::json {
namespace {

Document Parsed(std::string_view text, const ParseOptions& options = {}) {
  Result<Document> document = Document::Parse(text, options);
  EXPECT_TRUE(document.ok()) << document.status().reason();
  return document.ok() ? std::move(document).value() : Document();
}

TEST(Parse, KeepsOrderAndSpelling) {
  const std::string text =
      R"({"z":1,"a":[1.50,-0,1e5,123456789012345678901234567890,"x",true,false,null,{},[]],"m":{"b":1}})";
  EXPECT_EQ(Parsed(text).root().ToString(), text);
}

TEST(Parse, TakesBlanksAndEscapes) {
  const Document document = Parsed(" \n{ \"a\\u0062\" : [ 1 , \"\\ud83d\\ude00\\n\" ] }\t\r\n");
  EXPECT_EQ(document.root().ToString(), R"({"ab":[1,"😀\n"]})");
}

TEST(Parse, TakesScalarsAlone) {
  EXPECT_EQ(Parsed(" 12 ").root().text(), "12");
  EXPECT_EQ(Parsed("\"a\"").root().text(), "a");
  EXPECT_TRUE(Parsed("null").root().IsNull());
  EXPECT_EQ(Parsed("-1.5e+3").root().text(), "-1.5e+3");
  EXPECT_EQ(Parsed("true").root().text(), "true");
}

TEST(Parse, LetsCommentsPass) {
  EXPECT_EQ(Parsed("/* a */ {\"a\": // b\n \"/*x*/\" /**/ }").root().ToString(),
            R"({"a":"/*x*/"})");
  EXPECT_FALSE(Document::Parse("{} /* open").ok());
}

TEST(Parse, PointsNowhereIntoItsText) {
  std::string text = R"({"key":["value",12]})";
  const Document document = Parsed(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(document.root().ToString(), R"({"key":["value",12]})");
}

TEST(Parse, RemembersWhereValuesBegan) {
  const std::string text = "{\n  \"a\": 1,\n  \"é\": [true]}";
  const Document document = Parsed(text);
  EXPECT_EQ(document.root().Find("a")->offset(), text.find('1'));
  const Location at = Locate(text, document.root().Find("é")->items()[0]->offset());
  EXPECT_EQ(at.line, 3u);
  EXPECT_EQ(at.column, 9u);
}

TEST(Parse, RefusesDuplicatesUnlessToldNotTo) {
  EXPECT_FALSE(Document::Parse(R"({"a":1,"\u0061":2})").ok());
  EXPECT_EQ(Parsed(R"({"a":1,"b":2,"a":3})", {.duplicate_keys = DuplicateKeys::kLastWins})
                .root()
                .ToString(),
            R"({"a":3,"b":2})");
}

TEST(Parse, FindsDuplicatesAmongManyKeysToo) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(Document::Parse(text + "\"l\":0}").ok());
  for (const char* twin : {"k0", "k23", "k24", "k25", "k999"}) {
    const Status status = Document::Parse(text + "\"" + twin + "\":0}").status();
    EXPECT_EQ(status.reason().find("Duplicate field '" + std::string(twin) + "'"), 0u);
  }
}

TEST(Parse, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(Document::Parse(nested(1000)).ok());
  EXPECT_FALSE(Document::Parse(nested(1001)).ok());
  EXPECT_FALSE(Document::Parse(nested(1'000'000)).ok());
  EXPECT_TRUE(Document::Parse("[[{}]]", {.max_depth = 3}).ok());
  EXPECT_NE(Document::Parse("[[{\"a\":[1]}]]", {.max_depth = 3})
                .status()
                .reason()
                .find("nesting depth (4) exceeds the maximum allowed (3)"),
            std::string::npos);
}

TEST(Parse, ReadsTextsLargerThanItKeepsRoomFor) {
  std::string text = "[";
  for (int i = 0; i < 300'000; ++i) text += "12345678,";
  const Document document = Parsed(text + "0]");
  EXPECT_EQ(document.root().items().size(), 300'001u);
}

TEST(Value, FindsMembersAndPaths) {
  const Document document = Parsed(R"({"query":{"term":{"user":"x"}},"size":10})");
  EXPECT_EQ(document.root().FindPath({"query", "term", "user"})->text(), "x");
  EXPECT_EQ(document.root().FindPath({"query", "none", "user"}), nullptr);
  EXPECT_EQ(document.root().Find("size")->Find("x"), nullptr);
  EXPECT_EQ(document.root().members()[1].key, "size");
  EXPECT_TRUE(document.root().items().empty());
}

TEST(Value, IsReadAsATypeOrSaysWhyNot) {
  const Document document = Parsed(
      R"({"i":12,"s":"34","f":5.9,"big":99999999999999999999,"t":"true","b":false,"x":"abc","o":{}})");
  const auto at = [&](std::string_view key) -> const Value& { return *document.root().Find(key); };
  EXPECT_EQ(*at("i").AsInt64(), 12);
  EXPECT_EQ(*at("s").AsInt64(), 34);
  EXPECT_EQ(*at("f").AsInt64(), 5);
  EXPECT_EQ(at("big").AsInt64().status().reason(),
            "Value [99999999999999999999] is out of range for a long");
  EXPECT_EQ(at("x").AsInt64().status().reason(), "For input string: \"abc\"");
  EXPECT_FALSE(at("o").AsInt64().ok());
  EXPECT_EQ(*at("f").AsDouble(), 5.9);
  EXPECT_FALSE(at("b").AsDouble().ok());
  EXPECT_TRUE(*at("t").AsBool());
  EXPECT_FALSE(*at("b").AsBool());
  EXPECT_EQ(at("i").AsBool().status().reason(),
            "Failed to parse value [12] as only [true] or [false] are allowed.");
  EXPECT_EQ(*at("s").AsString(), "34");
  EXPECT_FALSE(at("i").AsString().ok());
  EXPECT_TRUE(at("i").IsInteger());
  EXPECT_FALSE(at("f").IsInteger());
}

TEST(Value, EqualsDeeplyWhateverTheOrderOfMembers) {
  const auto equal = [](std::string_view a, std::string_view b) {
    return Parsed(a).root() == Parsed(b).root();
  };
  EXPECT_TRUE(equal(R"({"a":1,"b":[1,{"c":null}]})", R"({"b":[1,{"c":null}],"a":1})"));
  EXPECT_FALSE(equal("[1,2]", "[2,1]"));
  EXPECT_FALSE(equal("[1]", "[1,1]"));
  EXPECT_FALSE(equal(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(equal(R"({"a":1})", R"({"a":1,"b":1})"));
  EXPECT_FALSE(equal("1", "1.0"));
  EXPECT_FALSE(equal("1", "\"1\""));
  EXPECT_TRUE(equal("1.0", "1.00"));
  EXPECT_TRUE(equal("1e2", "100.0"));
  EXPECT_TRUE(equal("-0", "0"));
  EXPECT_FALSE(equal("123456789012345678901", "123456789012345678902"));
}

TEST(Value, EqualsAlsoWithManyMembers) {
  std::string forward = "{\"x\":0", backward = "{";
  for (int i = 0; i < 100; ++i) {
    forward += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
    backward += "\"k" + std::to_string(99 - i) + "\":" + std::to_string(99 - i) + ",";
  }
  const Document a = Parsed(forward + "}"), b = Parsed(backward + "\"x\":0}");
  const Document c = Parsed(backward + "\"x\":1}");
  EXPECT_TRUE(a.root() == b.root());
  EXPECT_FALSE(a.root() == c.root());
}

TEST(Document, ComesBackFromItsOwnText) {
  std::mt19937 random(11);
  const std::function<std::string(int)> make = [&](int depth) -> std::string {
    const auto kind = random() % (depth > 0 ? 8 : 6);
    if (kind == 0) return "null";
    if (kind == 1) return "true";
    if (kind <= 3) return std::to_string(static_cast<int>(random()));
    if (kind <= 5) return "\"" + std::string(random() % 20, 'x') + "\\n\\u00e9\"";
    std::string text;
    for (unsigned i = 0, n = random() % 5; i < n; ++i) {
      if (!text.empty()) text += " ,\n";
      if (kind == 7) text += "\"k" + std::to_string(i) + "\" : ";
      text += make(depth - 1);
    }
    return kind == 7 ? "{" + text + "}" : "[ " + text + " ]";
  };
  for (int i = 0; i < 500; ++i) {
    const Document first = Parsed(make(6));
    const Document second = Parsed(first.root().ToString());
    EXPECT_TRUE(first.root() == second.root());
    EXPECT_EQ(first.root().ToString(), second.root().ToString());
  }
}

TEST(Tree, IsGivenUpWhenItsReaderSaysSo) {
  std::string text = "[0";
  for (int i = 0; i < 5000; ++i) text += ",{\"a\":1}";
  text += "]";
  int asked = 0;
  ParseOptions options;
  options.checkpoint = [&] { return ++asked < 3 ? Status() : Cancelled("enough"); };
  const auto document = Document::Parse(text, options);
  EXPECT_EQ(document.status().code(), Code::kCancelled);
  EXPECT_EQ(asked, 3);
  EXPECT_TRUE(Document::Parse(text).ok());
}

}  // namespace
}  // namespace base::json
