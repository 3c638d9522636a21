#include "server/internal/shared_settings.h"

#include <gtest/gtest.h>

namespace server {
namespace {

std::string WhyNot(const std::vector<std::string>& overrides) {
  const auto settings = Settings::Read("", overrides);
  EXPECT_TRUE(settings.ok()) << settings.status().reason();
  return PlanShared(*settings).status().reason();
}

TEST(SharedSettings, AreTheNodesOwnOrTheDefaults) {
  const auto settings = Settings::Read("", {"cluster.info.update.interval=1m"});
  const auto shared = PlanShared(*settings);
  ASSERT_TRUE(shared.ok()) << shared.status().reason();
  EXPECT_EQ(shared->at("cluster.info.update.interval"), "1m");
  EXPECT_EQ(shared->at("cluster.routing.allocation.disk.watermark.low"), "85%");
}

TEST(SharedSettings, ObeyTheRulesOfTheApiAndAreNamed) {
  EXPECT_EQ(WhyNot({"cluster.routing.allocation.disk.threshold_enabled=fals"}),
            "[cluster.routing.allocation.disk.threshold_enabled]: Failed to parse value [fals] as "
            "only [true] or [false] are allowed.");
  EXPECT_EQ(WhyNot({"cluster.info.update.interval=9s"}),
            "failed to parse value [9s] for setting [cluster.info.update.interval], must be >= "
            "[10s]");
  EXPECT_EQ(WhyNot({"cluster.routing.allocation.disk.watermark.high=85"}),
            "failed to parse setting [cluster.routing.allocation.disk.watermark.high] with value "
            "[85] as a size in bytes: unit is missing or unrecognized");
  EXPECT_NE(WhyNot({"cluster.routing.allocation.disk.watermark.low="}), "");
  EXPECT_NE(WhyNot({"tasks.fanout_timeout=-1"}), "");
}

TEST(SharedSettings, MustFitTogether) {
  EXPECT_EQ(WhyNot({"cluster.routing.allocation.disk.watermark.low=91%"}),
            "low disk watermark [91%] more than high disk watermark [90%]");
  EXPECT_EQ(WhyNot({"cluster.routing.allocation.disk.watermark.low=1gb"}),
            "unable to consistently parse [cluster.routing.allocation.disk.watermark.low=1gb], "
            "[cluster.routing.allocation.disk.watermark.high=90%], and "
            "[cluster.routing.allocation.disk.watermark.flood_stage=95%] as percentage or bytes");
}

}  // namespace
}  // namespace server
