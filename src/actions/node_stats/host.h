// actions/node_stats/host.h
//
// What the machine and this process use: read from the kernel when asked. Threads: any.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actions/node_stats/disk.h"

namespace actions::node_stats {

// Figures that cannot be read are 0.
struct HostFigures {
  int cpus = 0;
  int cpu_percent = 0;         // of the machine, since the last call
  double load[3] = {0, 0, 0};  // 1, 5 and 15 minutes
  std::int64_t memory_total = 0, memory_free = 0, swap_total = 0, swap_free = 0;
  std::string os_name, os_pretty_name, os_version, architecture;

  std::int64_t pid = 0;
  int process_cpu_percent = 0;  // of the machine, since the last call
  std::int64_t process_cpu_millis = 0;
  std::int64_t open_files = 0, max_files = 0;
  std::int64_t virtual_bytes = 0, resident_bytes = 0;
  std::int64_t threads = 0, peak_threads = 0;  // the most that a call has seen
  std::int64_t uptime_millis = 0;              // of the process

  std::int64_t disk_total = 0, disk_free = 0, disk_available = 0;  // where `path` is
  bool disk_full = false;              // the store writes no documents; not of the kernel
  std::string mount, file_system;      // "/ (/dev/vda1)", "ext4"; where `path` is
  std::vector<DeviceFigures> devices;  // that it is on; since the first call

  int memory_used_percent() const {
    return memory_total == 0 ? 0
                             : static_cast<int>(100 * (memory_total - memory_free) / memory_total);
  }
};

HostFigures ReadHost(const std::string& path);

}  // namespace actions::node_stats
