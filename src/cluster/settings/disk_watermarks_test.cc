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
  EXPECT_EQ(Watermark::Parse("k", "1")->FreeBytes(1000), 0u);
  EXPECT_EQ(Watermark::Parse("k", "-1")->FreeBytes(1000), 0u);
}

TEST(DiskWatermarks, ThatAreNeitherAreRefusedInOpenSearchsWords) {
  for (const std::string text : {"150%", "-1%", "85", "1.5", "much", "abc", "NaN", ""}) {
    const base::Status status = Watermark::Parse("k", text).status();
    EXPECT_EQ(status.http_status(), 400);
    EXPECT_EQ(status.type(), "illegal_argument_exception");
    EXPECT_EQ(status.reason(), "failed to parse setting [k] with value [" + text +
                                   "] as a size in bytes: unit is missing or unrecognized");
    ASSERT_NE(status.cause(), nullptr);
    EXPECT_EQ(status.cause()->type(), "parse_exception");
    EXPECT_EQ(status.cause()->reason(), status.reason());
  }
  EXPECT_EQ(Watermark::Parse("k", "xgb").status().reason(),
            "failed to parse setting [k] with value [xgb]");
  EXPECT_EQ(From({{std::string(keys::kDiskLow), "-1"}}).status().reason(),
            "unable to consistently parse [cluster.routing.allocation.disk.watermark.low=-1], "
            "[cluster.routing.allocation.disk.watermark.high=90%], and "
            "[cluster.routing.allocation.disk.watermark.flood_stage=95%] as percentage or bytes");
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

std::string Spelled(const DiskWatermarks& marks) {
  return marks.low.text() + " " + marks.high.text() + " " + marks.flood.text();
}

TEST(DiskWatermarks, OfANodeAreTheClustersElseItsOwn) {
  ClusterState state;
  const OwnSettings own = {{std::string(keys::kDiskLow), "50%"},
                           {std::string(keys::kDiskHigh), "60%"},
                           {std::string(keys::kDiskInterval), "20s"}};
  state.persistent_settings[std::string(keys::kDiskHigh)] = "70%";
  const auto both = DiskWatermarks::Of(state, own);
  EXPECT_EQ(Spelled(both.marks), "50% 70% 95%");
  EXPECT_EQ(both.marks.interval_nanos, 20'000'000'000);
  EXPECT_TRUE(both.misfit.ok());
}

TEST(DiskWatermarks, OfANodeThatDoNotFitTogetherAreOfOneKeeping) {
  ClusterState state;
  OwnSettings own = {{std::string(keys::kDiskLow), "3gb"},
                     {std::string(keys::kDiskHigh), "2gb"},
                     {std::string(keys::kDiskFlood), "1gb"},
                     {std::string(keys::kDiskInterval), "20s"}};
  state.persistent_settings[std::string(keys::kDiskLow)] = "80%";
  const auto clusters = DiskWatermarks::Of(state, own);
  EXPECT_EQ(Spelled(clusters.marks), "80% 90% 95%");
  EXPECT_EQ(clusters.marks.interval_nanos, 20'000'000'000);
  EXPECT_TRUE(clusters.misfit.reason().starts_with("unable to consistently parse ["));

  // Each fits alone to the defaults, so both could be set before the node came.
  state.persistent_settings[std::string(keys::kDiskLow)] = "88%";
  state.transient_settings[std::string(keys::kDiskHigh)] = "86%";
  const auto nodes = DiskWatermarks::Of(state, own);
  EXPECT_EQ(Spelled(nodes.marks), "3gb 2gb 1gb");
  EXPECT_FALSE(nodes.misfit.ok());
}

}  // namespace
}  // namespace cluster
