#include "base/json/yaml_writer.h"

#include <gtest/gtest.h>

namespace base::json {
namespace {

std::string Yaml(std::string_view json) {
  std::string text;
  YamlWriter writer(text);
  writer.Raw(json);
  return text;
}

TEST(Yaml, LooksAsOpenSearchs) {
  EXPECT_EQ(Yaml(R"({"nodes":{"n:1":{"name":"a","roles":["data","ingest"],"id":7,"on":true,
                     "none":null,"rate":-1.0,"headers":{},"list":[]}}})"),
            R"(---
nodes:
  n:1:
    name: "a"
    roles:
    - "data"
    - "ingest"
    id: 7
    "on": true
    none: null
    rate: -1.0
    headers: {}
    list: []
)");
}

TEST(Yaml, KeepsWhatIsInAnArrayOnTheLineOfItsDash) {
  EXPECT_EQ(Yaml(R"({"c":[{}],"d":[[]],"e":[[1,2],[3]],"f":[{"x":1,"z":[1]},{"q":{"r":1}}]})"),
            R"(---
c:
- {}
d:
- []
e:
- - 1
  - 2
- - 3
f:
- x: 1
  z:
  - 1
- q:
    r: 1
)");
}

TEST(Yaml, MayBeAScalarOrEmpty) {
  EXPECT_EQ(Yaml("{}"), "--- {}\n");
  EXPECT_EQ(Yaml("[]"), "--- []\n");
  EXPECT_EQ(Yaml("\"a\""), "--- \"a\"\n");
  EXPECT_EQ(Yaml("[1]"), "---\n- 1\n");
}

TEST(Yaml, QuotesKeysThatWouldReadAsSomethingElse) {
  const auto key = [](std::string_view name) {
    std::string text;
    YamlWriter writer(text);
    writer.BeginObject();
    writer.Field(name, 1);
    writer.EndObject();
    return text.substr(4, text.size() - 8);
  };
  for (const char* plain : {"a b", "x'", "?x", ":x", "nO", "a#", "a:b", "é", "x\\y", "NaN"}) {
    EXPECT_EQ(key(plain), plain);
  }
  for (const char* typed : {"yes", "12", "-x", "~", "0x1f", "null", ".5"}) {
    EXPECT_EQ(key(typed), '"' + std::string(typed) + '"');
  }
  for (const char* marked : {"a: b", "a #b", "*x", "[x", "x:", " x", "x ", "?", "#x"}) {
    EXPECT_EQ(key(marked), "'" + std::string(marked) + "'");
  }
  EXPECT_EQ(key("'x"), "'''x'");
  EXPECT_EQ(key("a\tb"), "\"a\\tb\"");
  EXPECT_EQ(key(""), "? \"\"\n");
}

TEST(Yaml, SpellsKeysThatAreTooLongOrHaveLinesApart) {
  EXPECT_EQ(Yaml(R"({"a\nb":{"c":[1]},"d":1})"), "---\n? \"a\\nb\"\n: c:\n  - 1\nd: 1\n");
  const std::string key(128, 'k');
  EXPECT_EQ(Yaml("{\"" + key + "\":[1,2]}"), "---\n? " + key + "\n: - 1\n  - 2\n");
}

TEST(Yaml, EscapesWhatCannotBePrinted) {
  EXPECT_EQ(Yaml(R"("x\ny\t\u0001\u001b\u0085\u00a0\u2028é😀\"\\/\u007f")"),
            "--- \"x\\ny\\t\\x01\\e\\N\\_\\Lé😀\\\"\\\\/\\x7f\"\n");
}

TEST(Yaml, FoldsLongStringsAsOpenSearchDoes) {
  EXPECT_EQ(
      Yaml(R"({"d":"aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff gggggggggg )"
           R"(hhhhhhhhhh iiiiiiiiii jjjjjjjjjj"})"),
      R"(---
d: "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff gggggggggg hhhhhhhhhh\
  \ iiiiiiiiii jjjjjjjjjj"
)");
  EXPECT_EQ(Yaml(R"({"d":"éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé )"
                 R"(éééééééééé éééééééééé éééééééééé"})"),
            R"(---
d: "éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé éééééééééé é\
  ééééééééé éééééééééé"
)");
}

TEST(Yaml, QuotesWhatIsNoNumber) {
  std::string text;
  YamlWriter writer(text);
  writer.BeginArray();
  writer.Double(1e10);
  writer.Float(0.5F);
  writer.Double(-1 / 0.0);
  writer.Uint(~std::uint64_t{0});
  writer.EndArray();
  EXPECT_EQ(text, "---\n- 1.0E10\n- 0.5\n- \"-Infinity\"\n- 18446744073709551615\n");
}

TEST(Yaml, ReplacesWhatIsNotUtf8) {
  std::string text;
  YamlWriter writer(text);
  writer.BeginObject();
  writer.Field("k\xFF", "v\xC3");
  writer.EndObject();
  EXPECT_EQ(text, "---\nk\uFFFD: \"v\uFFFD\"\n");
}

}  // namespace
}  // namespace base::json
