#include "base/json/diagnose.h"

#include <gtest/gtest.h>

namespace base::json {
namespace {

std::string At(int line, int column) {
  return "\n at [Source: (request body); line: " + std::to_string(line) +
         ", column: " + std::to_string(column) + "]";
}

struct Case {
  const char* text;
  std::string reason;  // without the place
  int line, column;
};

constexpr const char* kValues =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

TEST(Diagnose, SaysWhatIsWrongAndWhere) {
  const std::vector<Case> cases = {
      {R"({a:1})",
       "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 1,
       2},
      {R"({"a":1,})",
       "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1,
       8},
      {R"({"a" 1})",
       "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and "
       "value",
       1, 6},
      {R"({"a":1 "b":2})",
       "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 1,
       8},
      {R"({"a":[1 2]})",
       "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 9},
      {R"({"a":[1,]})", "Unexpected character (']' (code 93)): expected a value", 1, 9},
      {R"(["a":1])",
       "Unexpected character (':' (code 58)): was expecting comma to separate Array entries", 1, 5},
      {"{\n \"a\": tru}", std::string("Unrecognized token 'tru': was expecting ") + kValues, 2, 7},
      {R"({"a":.5})",
       std::string("Unexpected character ('.' (code 46)): expected a valid value ") + kValues, 1,
       6},
      {R"({"a":01})", "Invalid numeric value: Leading zeroes not allowed", 1, 6},
      {R"({"a":1.})",
       "Unexpected character ('}' (code 125)) in numeric value: Decimal point not followed by a "
       "digit",
       1, 8},
      {R"({"a":-})",
       "Unexpected character ('}' (code 125)) in numeric value: expected digit (0-9) to follow "
       "minus sign, for valid numeric value",
       1, 7},
      {R"({"a":"\q"})", "Unrecognized character escape 'q' (code 113)", 1, 8},
      {R"({"a":"\é"})", "Unrecognized character escape 'é' (code 233)", 1, 8},
      {R"({"a":"\u12g4"})",
       "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence",
       1, 11},
      {"{\"a\":\"x\ny\"}",
       "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be "
       "included in string value",
       1, 8},
      {"{\"a\":\"\xFF\"}", "Invalid UTF-8", 1, 7},
      {R"({"a":1,"a":2})", "Duplicate field 'a'", 1, 8},
      {R"({"a":1]})",
       "Unexpected close marker ']': expected '}' (for Object starting at [line: 1, column: 1])", 1,
       7},
      {R"({"a":1}})", "Unexpected close marker '}': there is nothing to close", 1, 8},
      {R"({"a":1} x)", "Unexpected character ('x' (code 120)): expected the end of the text", 1, 9},
      {R"({"é":1,"è" 2})",
       "Unexpected character ('2' (code 50)): was expecting a colon to separate field name and "
       "value",
       1, 12},
  };
  for (const Case& c : cases) {
    const Status status = Document::Parse(c.text).status();
    EXPECT_EQ(status.reason(), c.reason + At(c.line, c.column)) << c.text;
    EXPECT_EQ(status.type(), "json_parse_exception") << c.text;
    EXPECT_EQ(status.http_status(), 400);
  }
}

TEST(Diagnose, KnowsATextThatEndsTooEarly) {
  for (const char* text : {"", " ", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[",
                           "[1", "[1,", "\"", "\"\\", "\"\\u1", "-", "1.", "1e"}) {
    const Status status = Document::Parse(text).status();
    EXPECT_EQ(status.type(), "json_e_o_f_exception") << text;
    EXPECT_EQ(status.reason().find("Unexpected end-of-input"), 0u) << status.reason();
  }
}

TEST(Diagnose, NamesTheContainerLeftOpen) {
  EXPECT_EQ(Document::Parse("{\"a\":\n[1").status().reason(),
            "Unexpected end-of-input: expected close marker for Array (start marker at [line: 2, "
            "column: 1])" +
                At(2, 3));
}

TEST(Diagnose, FindsNothingWrongWithWhatIsRight) {
  for (const char* text : {"{}", "[]", " 1 ", R"({"a":[1,{"b":"\u00e9"}],"c":-1.5e-7})"}) {
    EXPECT_TRUE(Diagnose(text, {}).ok()) << text;
  }
}

}  // namespace
}  // namespace base::json
