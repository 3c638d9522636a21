#include "actions/node_stats/disk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace actions::node_stats {
namespace {

constexpr std::string_view kMounts =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "28 27 254:16 / /data rw master:2 shared:1 - xfs /dev/vdb rw\n"
    "29 28 254:32 / /data/with\\040blank rw - btrfs /dev/vdc rw\n";

TEST(FindMount, FindsTheDeepestPlaceAboveAPath) {
  EXPECT_EQ(FindMount(kMounts, "/var/x").mount, "/ (/dev/vda)");
  const MountFigures data = FindMount(kMounts, "/data/nodes");
  EXPECT_EQ(data.mount, "/data (/dev/vdb)");
  EXPECT_EQ(data.file_system, "xfs");
  EXPECT_EQ(data.device, "254:16");
  EXPECT_EQ(FindMount(kMounts, "/database").device, "254:0");
  EXPECT_EQ(FindMount(kMounts, "/data/with blank/x").file_system, "btrfs");
  EXPECT_EQ(FindMount("", "/x").mount, "");
}

TEST(FindDevices, FindsWhatADeviceHasDone) {
  const auto devices = FindDevices(
      " 254       0 vda 10 1 80 7 20 2 400 9 0 11 16 0 0 0 0 0 0\n"
      " 254      16 vdb 1 1 8 1 2 2 4 9 0 1 1 0 0 0 0 0 0\n",
      "254:0");
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].name, "vda");
  EXPECT_EQ(devices[0].reads, 10);
  EXPECT_EQ(devices[0].read_kilobytes, 40);
  EXPECT_EQ(devices[0].read_millis, 7);
  EXPECT_EQ(devices[0].writes, 20);
  EXPECT_EQ(devices[0].write_kilobytes, 200);
  EXPECT_EQ(devices[0].busy_millis, 11);
  EXPECT_EQ(devices[0].queue_millis, 16);
}

TEST(ReadDevices, CountsFromTheFirstCallOn) {
  const MountFigures mount = ReadMount("/");
  EXPECT_FALSE(mount.file_system.empty());
  const auto counted = ReadDevices(mount.device);
  std::ostringstream text;
  text << std::ifstream("/proc/diskstats").rdbuf();
  const auto since_boot = FindDevices(text.str(), mount.device);
  ASSERT_EQ(counted.size(), since_boot.size());
  for (std::size_t i = 0; i < counted.size(); ++i) {
    EXPECT_LT(counted[i].reads + counted[i].writes, since_boot[i].reads + since_boot[i].writes);
  }
}

}  // namespace
}  // namespace actions::node_stats
