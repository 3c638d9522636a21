// What every writer is asked to do, seen through the compact one, and the compact one itself.

#include "base/json/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/json/compact_writer.h"

namespace base::json {
namespace {

class Compact : public testing::Test {
 protected:
  std::string text_;
  CompactWriter writer_{text_};
};

TEST_F(Compact, HasNoBlankAnywhere) {
  writer_.BeginObject();
  writer_.Field("took", 3);
  writer_.Field("errors", false);
  writer_.ArrayField("items");
  writer_.BeginObject();
  writer_.EndObject();
  writer_.BeginArray();
  writer_.EndArray();
  writer_.Value("x");
  writer_.EndArray();
  writer_.ObjectField("o");
  writer_.Field("n", nullptr);
  writer_.EndObject();
  writer_.RawField("_source", R"({ "a":1 })");
  writer_.Field("last", 1);
  writer_.EndObject();
  EXPECT_EQ(text_, R"({"took":3,"errors":false,"items":[{},[],"x"],"o":{"n":null},)"
                   R"("_source":{ "a":1 },"last":1})");
}

TEST_F(Compact, TakesEveryTypeOfValue) {
  writer_.BeginArray();
  writer_.Value(std::int64_t{-1} << 63);
  writer_.Value(~std::uint64_t{0});
  writer_.Value(std::uint8_t{7});
  writer_.Value(1.0);
  writer_.Value(0.1F);
  writer_.Value(std::string("s"));
  writer_.Value(std::string_view("v"));
  writer_.Value(true);
  writer_.Value(std::optional<int>());
  writer_.Value(std::optional<int>(4));
  writer_.Number("123456789012345678901234567890");
  writer_.EndArray();
  EXPECT_EQ(text_, R"([-9223372036854775808,18446744073709551615,7,1.0,0.1,"s","v",true,null,4,)"
                   R"(123456789012345678901234567890])");
}

TEST_F(Compact, LeavesOutWhatIsOptionalAndAbsent) {
  writer_.BeginObject();
  writer_.OptionalField("a", std::optional<int>());
  writer_.OptionalField("b", std::optional<std::string>("x"));
  writer_.EndObject();
  EXPECT_EQ(text_, R"({"b":"x"})");
}

TEST_F(Compact, QuotesWhatIsNoJsonNumber) {
  writer_.BeginArray();
  writer_.Double(std::nan(""));
  writer_.Double(-std::numeric_limits<double>::infinity());
  writer_.Float(std::numeric_limits<float>::infinity());
  writer_.Float(50);
  writer_.EndArray();
  EXPECT_EQ(text_, R"(["NaN","-Infinity","Infinity",50.0])");
}

TEST_F(Compact, MayBeDrainedBetweenAnyTwoEvents) {
  std::string sent;
  const auto drain = [&] {
    sent += text_;
    text_.clear();
  };
  writer_.BeginObject();
  drain();
  writer_.Key("a");
  drain();
  writer_.BeginArray();
  drain();
  for (int i = 0; i < 3; ++i) {
    writer_.Int(i);
    drain();
  }
  writer_.EndArray();
  drain();
  writer_.Field("b", 1);
  writer_.EndObject();
  drain();
  EXPECT_EQ(sent, R"({"a":[0,1,2],"b":1})");
}

TEST_F(Compact, EscapesKeysAsItDoesStrings) {
  writer_.BeginObject();
  writer_.Field("a\"b", "c\nd");
  writer_.EndObject();
  EXPECT_EQ(text_, R"({"a\"b":"c\nd"})");
}

}  // namespace
}  // namespace base::json
