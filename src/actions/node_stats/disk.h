// actions/node_stats/disk.h
//
// The file system that a path is on, and the devices below it: read from the kernel when asked.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace actions::node_stats {

// Of one block device, as /proc/diskstats counts.
struct DeviceFigures {
  std::string name;  // "vda"
  std::int64_t reads = 0, writes = 0;
  std::int64_t read_kilobytes = 0, write_kilobytes = 0;
  std::int64_t read_millis = 0, write_millis = 0;
  std::int64_t queue_millis = 0, busy_millis = 0;

  void Add(const DeviceFigures& other, int sign = 1);
};

struct MountFigures {
  std::string mount;        // "/ (/dev/vda1)"
  std::string file_system;  // "ext4"
  std::string device;       // "254:0"
};

// Of the text of /proc/self/mountinfo: the last mount whose place is `path` or above it. Empty if
// there is none.
MountFigures FindMount(std::string_view mountinfo, std::string_view path);
// Of the text of /proc/diskstats: the device of that number, "254:0".
std::vector<DeviceFigures> FindDevices(std::string_view diskstats, std::string_view device);

// `path` is absolute.
MountFigures ReadMount(const std::string& path);
// What has been done since the first call for that device.
std::vector<DeviceFigures> ReadDevices(const std::string& device);

}  // namespace actions::node_stats
