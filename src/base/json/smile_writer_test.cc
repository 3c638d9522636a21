// The bytes expected are those that Jackson 2.18.2 writes with OpenSearch's options.

#include "base/json/smile_writer.h"

#include <gtest/gtest.h>

#include <functional>

namespace base::json {
namespace {

constexpr std::string_view kHeader = "3a290a05";

std::string Whole(const std::function<void(Writer&)>& write) {
  std::string bytes, hex;
  SmileWriter writer(bytes);
  write(writer);
  for (const char byte : bytes) {
    hex.push_back("0123456789abcdef"[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

std::string Smile(const std::function<void(Writer&)>& write) {
  const std::string hex = Whole(write);
  EXPECT_TRUE(hex.starts_with(kHeader)) << hex;
  return hex.substr(kHeader.size());
}

std::string OfInt(std::int64_t value) {
  return Smile([=](Writer& w) { w.Int(value); });
}
std::string OfNumber(std::string_view spelling) {
  return Smile([=](Writer& w) { w.Number(spelling); });
}
std::string OfText(const std::string& text) {
  return Smile([&](Writer& w) { w.Value(text); });
}
std::string OfName(const std::string& name) {
  return Smile([&](Writer& w) {
    w.BeginObject();
    w.Field(name, nullptr);
    w.EndObject();
  });
}

std::string Repeated(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(Smile, HasTheShortestIntegers) {
  EXPECT_EQ(OfInt(0), "c0");
  EXPECT_EQ(OfInt(15), "de");
  EXPECT_EQ(OfInt(-16), "df");
  EXPECT_EQ(OfInt(16), "24a0");
  EXPECT_EQ(OfInt(-17), "24a1");
  EXPECT_EQ(OfInt(63), "2401be");
  EXPECT_EQ(OfInt(-64), "2401bf");
  EXPECT_EQ(OfInt(8191), "24017fbe");
  EXPECT_EQ(OfInt(8192), "24020080");
  EXPECT_EQ(OfInt(70000), "24110ba0");
  EXPECT_EQ(OfInt(-300), "240997");
  EXPECT_EQ(OfInt(2147483647), "241f7f7f7fbe");
  EXPECT_EQ(OfInt(-2147483648), "241f7f7f7fbf");
  EXPECT_EQ(OfInt(2147483648), "252000000080");
  EXPECT_EQ(OfInt(5000000000), "254a405f1080");
  EXPECT_EQ(OfInt(INT64_MIN), "25037f7f7f7f7f7f7f7fbf");
  EXPECT_EQ(OfInt(INT64_MAX), "25037f7f7f7f7f7f7f7fbe");
}

TEST(Smile, KeepsFloatsAndDoublesApart) {
  EXPECT_EQ(Smile([](Writer& w) { w.Double(1.5); }), "29003f7c00000000000000");
  EXPECT_EQ(Smile([](Writer& w) { w.Double(-0.1); }), "29013f5c6633194c66331a");
  EXPECT_EQ(Smile([](Writer& w) { w.Float(1.5F); }), "28037e000000");
  EXPECT_EQ(OfNumber("1.5"), "29003f7c00000000000000");
}

TEST(Smile, KeepsIntegersBeyond64Bits) {
  EXPECT_EQ(OfNumber("18446744073709551616"), "26890040000000000000000000");
  EXPECT_EQ(OfNumber("9223372036854775808"), "26890020000000000000000000");
  EXPECT_EQ(OfNumber("18446744073709551615"), "2689003f7f7f7f7f7f7f7f7f03");
  EXPECT_EQ(Smile([](Writer& w) { w.Uint(UINT64_MAX); }), "2689003f7f7f7f7f7f7f7f7f03");
  EXPECT_EQ(OfNumber("-9223372036854775809"), "26897f5f7f7f7f7f7f7f7f7f03");
  EXPECT_EQ(OfNumber("-123456789012345678901234567890"), "268d7f1c226f0024790c0f44361c07542e");
  EXPECT_EQ(OfNumber("-9223372036854775808"), OfInt(INT64_MIN));
  EXPECT_EQ(OfNumber("-0"), "c0");
}

TEST(Smile, HasLiterals) {
  EXPECT_EQ(Smile([](Writer& w) { w.Bool(true); }), "23");
  EXPECT_EQ(Smile([](Writer& w) { w.Bool(false); }), "22");
  EXPECT_EQ(Smile([](Writer& w) { w.Null(); }), "21");
}

TEST(Smile, GivesShortTextItsLengthAndLongTextAnEnd) {
  EXPECT_EQ(OfText(""), "20");
  EXPECT_EQ(OfText("a"), "4061");
  EXPECT_EQ(OfText(std::string(32, 'a')), "5f" + Repeated("61", 32));
  EXPECT_EQ(OfText(std::string(33, 'a')), "60" + Repeated("61", 33));
  EXPECT_EQ(OfText(std::string(64, 'a')), "7f" + Repeated("61", 64));
  EXPECT_EQ(OfText(std::string(65, 'a')), "e0" + Repeated("61", 65) + "fc");
  EXPECT_EQ(OfText("é"), "80c3a9");
  EXPECT_EQ(OfText(Repeated("é", 16)), "9e" + Repeated("c3a9", 16));
  EXPECT_EQ(OfText(Repeated("é", 17)), "a0" + Repeated("c3a9", 17));
  EXPECT_EQ(OfText("é" + std::string(61, 'a')), "bdc3a9" + Repeated("61", 61));
  EXPECT_EQ(OfText(Repeated("é", 32)), "be" + Repeated("c3a9", 32));
  EXPECT_EQ(OfText(Repeated("é", 33)), "e4" + Repeated("c3a9", 33) + "fc");
  EXPECT_EQ(OfText("\xF0\x9F\x98\x80"), "82f09f9880");
  EXPECT_EQ(OfText("\xFF"), OfText("\xEF\xBF\xBD"));
}

TEST(Smile, GivesShortNamesTheirLengthAndLongNamesAnEnd) {
  EXPECT_EQ(OfName(""), "fa2021fb");
  EXPECT_EQ(OfName("a"), "fa806121fb");
  EXPECT_EQ(OfName(std::string(64, 'a')), "fabf" + Repeated("61", 64) + "21fb");
  EXPECT_EQ(OfName(std::string(65, 'a')), "fa34" + Repeated("61", 65) + "fc21fb");
  EXPECT_EQ(OfName("é"), "fac0c3a921fb");
  EXPECT_EQ(OfName(Repeated("é", 28)), "faf6" + Repeated("c3a9", 28) + "21fb");
  EXPECT_EQ(OfName(Repeated("é", 29)), "fa34" + Repeated("c3a9", 29) + "fc21fb");
  EXPECT_EQ(OfName("é" + std::string(54, 'a')), "faf6c3a9" + Repeated("61", 54) + "21fb");
}

TEST(Smile, RefersToNamesThatItHasWritten) {
  const std::string object = R"({"ab":1,"":2,")" + std::string(65, 'a') + R"(":3})";
  EXPECT_EQ(Smile([&](Writer& w) { w.Raw("[" + object + "," + object + "]"); }),
            "f8fa816162c220c434" + Repeated("61", 65) + "fcc6fbfa40c220c441c6fbf9");
}

// As Java hashes a string: enough to compare some ten thousand bytes.
std::int32_t JavaHash(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = 31 * hash + static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(hash);
}

TEST(Smile, ForgetsNamesWhenThereAreTooManyAndLeavesOutUnsafeReferences) {
  const auto twice = [](int names) {
    return Whole([=](Writer& w) {
      w.BeginArray();
      for (int round = 0; round < 2; ++round) {
        w.BeginObject();
        for (int i = 0; i < names; ++i) w.Field("k" + std::to_string(i), 0);
        w.EndObject();
      }
      w.EndArray();
    });
  };
  EXPECT_EQ(JavaHash(twice(70)), 1504236456);
  EXPECT_EQ(JavaHash(twice(254)), -202295864);
  EXPECT_EQ(JavaHash(twice(255)), -1861081676);
  EXPECT_EQ(JavaHash(twice(256)), 221984290);
  EXPECT_EQ(JavaHash(twice(300)), -852169408);
  EXPECT_EQ(JavaHash(twice(1024)), 1312922674);
  EXPECT_EQ(JavaHash(twice(1025)), 1665476130);
  EXPECT_EQ(JavaHash(twice(1100)), -280710442);
}

}  // namespace
}  // namespace base::json
