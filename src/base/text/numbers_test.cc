#include "base/text/numbers.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace base {
namespace {

std::string Print(double value) {
  std::string text;
  AppendJavaDouble(text, value);
  return text;
}

std::string PrintFloat(float value) {
  std::string text;
  AppendJavaFloat(text, value);
  return text;
}

TEST(JavaDouble, IsPlainBetweenAThousandthAndTenMillion) {
  EXPECT_EQ(Print(1), "1.0");
  EXPECT_EQ(Print(-0.1), "-0.1");
  EXPECT_EQ(Print(0.001), "0.001");
  EXPECT_EQ(Print(123456.75), "123456.75");
  EXPECT_EQ(Print(9999999), "9999999.0");
  EXPECT_EQ(Print(1200), "1200.0");
  EXPECT_EQ(Print(0.0), "0.0");
  EXPECT_EQ(Print(-0.0), "-0.0");
}

TEST(JavaDouble, HasAnExponentBeyond) {
  EXPECT_EQ(Print(1e7), "1.0E7");
  EXPECT_EQ(Print(1e10), "1.0E10");
  EXPECT_EQ(Print(12345678.5), "1.23456785E7");
  EXPECT_EQ(Print(0.00099), "9.9E-4");
  EXPECT_EQ(Print(1e23), "1.0E23");
  EXPECT_EQ(Print(std::numeric_limits<double>::max()), "1.7976931348623157E308");
  EXPECT_EQ(Print(std::numeric_limits<double>::denorm_min()), "4.9E-324");
  EXPECT_EQ(PrintFloat(std::numeric_limits<float>::denorm_min()), "1.4E-45");
}

TEST(JavaDouble, NamesWhatIsNoNumber) {
  EXPECT_EQ(Print(std::nan("")), "NaN");
  EXPECT_EQ(Print(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(Print(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(JavaFloat, PrintsNoMoreDigitsThanAFloatHas) {
  EXPECT_EQ(PrintFloat(0.1F), "0.1");
  EXPECT_EQ(PrintFloat(50), "50.0");
  EXPECT_EQ(PrintFloat(-1), "-1.0");
  EXPECT_EQ(PrintFloat(3.4028235e38F), "3.4028235E38");
}

TEST(JavaDouble, ReadsBackAsItWas) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const Result<double> again = ParseDouble(Print(value));
    ASSERT_TRUE(again.ok()) << Print(value);
    ASSERT_EQ(*again, value);
  }
}

TEST(ParseInt, TakesASignAndNothingElse) {
  EXPECT_EQ(*ParseInt64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*ParseInt64("+7"), 7);
  EXPECT_EQ(*ParseInt32("2147483647"), 2147483647);
  for (const char* bad : {"", "+", "-", "+-1", "--1", " 1", "1 ", "1.0", "0x1", "abc"}) {
    EXPECT_EQ(ParseInt64(bad).status().reason(), "For input string: \"" + std::string(bad) + "\"");
  }
  EXPECT_FALSE(ParseInt64("9223372036854775808").ok());
  EXPECT_FALSE(ParseInt32("2147483648").ok());
}

TEST(ParseDouble, TakesWhatJavaTakes) {
  EXPECT_EQ(*ParseDouble(" 1.5 "), 1.5);
  EXPECT_EQ(*ParseDouble("-.5"), -0.5);
  EXPECT_EQ(*ParseDouble("5."), 5);
  EXPECT_EQ(*ParseDouble("1e3d"), 1000);
  EXPECT_EQ(*ParseFloat("1.5f"), 1.5F);
  EXPECT_EQ(*ParseDouble("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(*ParseDouble("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(*ParseDouble("1e-400"), 0);
  EXPECT_EQ(*ParseFloat("1e39"), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(*ParseDouble("NaN")));
}

TEST(ParseDouble, RefusesWhatJavaRefuses) {
  EXPECT_EQ(ParseDouble(" ").status().reason(), "empty String");
  for (const char* bad : {"abc", "inf", "nan", "--1", "+-1", "1e", "1,5", ".", "f", "1 2"}) {
    EXPECT_EQ(ParseDouble(bad).status().type(), "number_format_exception") << bad;
  }
}

}  // namespace
}  // namespace base
