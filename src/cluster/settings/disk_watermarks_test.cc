#include "cluster/settings/disk_watermarks.h"

#include <gtest/gtest.h>

#include <map>

namespace cluster {
namespace {

using Set = std::map<std::string, std::string, std::less<>>;

base::Result<DiskWatermarks> From(const Set& set) {
  return DiskWatermarks::From([&](std::string_view key) {
    const auto found = set.find(key);
    return found == set.end() ? std::string() : found->second;
  });
}

TEST(DiskWatermarks, AreThoseOfOpenSearchUnlessTheyAreSet) {
  const auto marks = From({});
  ASSERT_TRUE(marks.ok());
  EXPECT_TRUE(marks->enabled);
  EXPECT_EQ(marks->low.FreeBytes(1000), 150u);
  EXPECT_EQ(marks->high.FreeBytes(1000), 100u);
  EXPECT_EQ(marks->flood.FreeBytes(1000), 50u);
  EXPECT_EQ(marks->interval_nanos, 30'000'000'000);
}

TEST(DiskWatermarks, AreSharesThatAreUsedOrBytesThatAreFree) {
  EXPECT_EQ(Watermark::Parse("k", "0.75")->FreeBytes(1000), 250u);
  EXPECT_EQ(Watermark::Parse("k", "99.5%")->FreeBytes(1000), 5u);
  EXPECT_EQ(Watermark::Parse("k", "2kb")->FreeBytes(1000), 2048u);
  EXPECT_EQ(Watermark::Parse("k", "101%").status().http_status(), 400);
  EXPECT_EQ(Watermark::Parse("k", "much").status().http_status(), 400);
}

TEST(DiskWatermarks, MustBeInOrderAndOfOneKind) {
  EXPECT_EQ(From({{std::string(keys::kDiskLow), "91%"}}).status().reason(),
            "low disk watermark [91%] more than high disk watermark [90%]");
  EXPECT_EQ(From({{std::string(keys::kDiskHigh), "96%"}}).status().reason(),
            "high disk watermark [96%] more than flood stage disk watermark [95%]");
  EXPECT_EQ(From({{std::string(keys::kDiskLow), "60b"},
                  {std::string(keys::kDiskHigh), "70b"},
                  {std::string(keys::kDiskFlood), "10b"}})
                .status()
                .reason(),
            "low disk watermark [60b] less than high disk watermark [70b]");
  EXPECT_TRUE(From({{std::string(keys::kDiskLow), "1gb"}})
                  .status()
                  .reason()
                  .starts_with("unable to consistently parse ["));
  EXPECT_TRUE(From({{std::string(keys::kDiskLow), "3gb"},
                    {std::string(keys::kDiskHigh), "2gb"},
                    {std::string(keys::kDiskFlood), "1gb"}})
                  .ok());
}

}  // namespace
}  // namespace cluster
