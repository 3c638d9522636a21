#include "base/text/memory_size.h"

#include <gtest/gtest.h>

namespace base {
namespace {

constexpr std::int64_t kWhole = 1'000'000;

TEST(MemorySize, IsBytesOrAShare) {
  EXPECT_EQ(*ParseMemorySize("1gb", "x", kWhole), 1 << 30);
  EXPECT_EQ(*ParseMemorySize("-1", "x", kWhole), -1);
  EXPECT_EQ(*ParseMemorySize("70%", "x", kWhole), 700'000);
  EXPECT_EQ(*ParseMemorySize("0.5%", "x", kWhole), 5'000);
  EXPECT_EQ(*ParseMemorySize("100%", "x", kWhole), kWhole);
}

TEST(MemorySize, IsRefusedInOpenSearchsWords) {
  EXPECT_EQ(ParseMemorySize("101%", "x", kWhole).status().reason(),
            "percentage should be in [0-100], got [101]");
  EXPECT_EQ(ParseMemorySize("many%", "x", kWhole).status().reason(),
            "failed to parse [many] as a double");
  EXPECT_EQ(ParseMemorySize("many%", "x", kWhole).status().type(), "parse_exception");
  EXPECT_EQ(ParseMemorySize("many", "x", kWhole).status().http_status(), 400);
}

TEST(MemorySize, PercentagesAreOfHalfOfWhatThereIs) {
  EXPECT_GT(HalfOfMemory(), 64 << 20);
  EXPECT_LT(HalfOfMemory(), std::int64_t{1} << 50);
}

}  // namespace
}  // namespace base
