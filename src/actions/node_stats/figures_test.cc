#include "actions/node_stats/figures.h"

#include <gtest/gtest.h>

namespace actions::node_stats {
namespace {

TEST(NodeFigures, TravelAsTheyAre) {
  NodeFigures sent;
  sent.wall_millis = 1'700'000'000'000;
  sent.host.cpus = 2;
  sent.host.load[2] = 0.25;
  sent.host.os_name = "Linux";
  sent.host.disk_available = -1;
  sent.host.disk_full = true;
  sent.data_path = "data";
  sent.pools = {{.name = "write", .scaling = true, .threads = 3, .completed = 7, .max_queue = 9}};
  sent.usage.rest_actions["main_action"] = 3;
  sent.settings = {{"node.name", "n"}};
  sent.host.devices = {{.name = "vda", .reads = 5}};
  sent.shards.documents = 6;
  sent.by_shard["uuid/1"].activity.statuses[4] = 8;
  sent.http = {.current_open = 1, .total_opened = 2};
  sent.commits.Add(5'000'000);
  sent.late_in_all = 4;
  sent.cancels.cancel_to_end["a"].Add(1);
  sent.cancels.late["a"] = 9;
  const std::string bytes = Encode(sent);
  const auto got = DecodeFigures(bytes);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(Encode(*got), bytes);
  EXPECT_EQ(got->host.load[2], 0.25);
  EXPECT_EQ(got->host.disk_available, -1);
  EXPECT_TRUE(got->host.disk_full);
  EXPECT_EQ(got->pools.at(0).completed, 7);
  EXPECT_EQ(got->pools.at(0).max_queue, 9);
  EXPECT_EQ(got->usage.rest_actions.at("main_action"), 3);
  EXPECT_EQ(got->settings.at("node.name"), "n");
  EXPECT_EQ(got->host.devices.at(0).reads, 5);
  EXPECT_EQ(got->shards.documents, 6);
  EXPECT_EQ(got->by_shard.at("uuid/1").activity.statuses[4], 8);
  EXPECT_EQ(got->commits.max_nanos(), 5'000'000);
  EXPECT_EQ(got->commits.count(), 1);
  EXPECT_EQ(got->cancels.late.at("a"), 9);
}

TEST(NodeFigures, BytesThatAreNoneAreRefused) {
  const std::string bytes = Encode(NodeFigures());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFigures(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeFigures(bytes + "x").ok());
  EXPECT_FALSE(DecodeParts("").ok());
  EXPECT_FALSE(DecodeParts(std::string(7, '\0')).ok());
  EXPECT_TRUE(DecodeParts(Encode(Parts{.shards = true}))->shards);
}

}  // namespace
}  // namespace actions::node_stats
