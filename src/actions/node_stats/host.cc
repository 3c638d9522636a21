#include "actions/node_stats/host.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

namespace actions::node_stats {

namespace {

// Clock ticks of the machine and of this process, to tell the share since the last look.
struct Ticks {
  std::int64_t busy = 0, all = 0, process = 0;
};

int Percent(std::int64_t part, std::int64_t whole) {
  return whole <= 0 ? 0 : static_cast<int>(100 * part / whole);
}

Ticks ReadTicks() {
  Ticks ticks;
  std::ifstream stat("/proc/stat");
  std::string cpu;
  stat >> cpu;
  std::int64_t value = 0;
  for (int column = 0; column < 8 && stat >> value; ++column) {
    ticks.all += value;
    if (column != 3 && column != 4) ticks.busy += value;  // neither idle nor waiting for disks
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * std::int64_t{1'000'000} +
                      usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  ticks.process = micros * sysconf(_SC_CLK_TCK) / 1'000'000;
  return ticks;
}

void ReadCpu(HostFigures& host) {
  static std::mutex mutex;
  static Ticks last;
  const Ticks now = ReadTicks();
  const std::lock_guard lock(mutex);
  host.cpu_percent = Percent(now.busy - last.busy, now.all - last.all);
  host.process_cpu_percent = Percent(now.process - last.process, now.all - last.all);
  if (now.all > last.all) last = now;
  host.process_cpu_millis = now.process * 1000 / sysconf(_SC_CLK_TCK);
  host.cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (getloadavg(host.load, 3) != 3) host.load[0] = host.load[1] = host.load[2] = 0;
}

void ReadMemory(HostFigures& host) {
  std::ifstream meminfo("/proc/meminfo");
  std::string name, unit;
  std::int64_t kilobytes = 0;
  while (meminfo >> name >> kilobytes) {
    std::getline(meminfo, unit);
    if (name == "MemTotal:") host.memory_total = kilobytes << 10;
    if (name == "MemAvailable:") host.memory_free = kilobytes << 10;
    if (name == "SwapTotal:") host.swap_total = kilobytes << 10;
    if (name == "SwapFree:") host.swap_free = kilobytes << 10;
  }
}

void ReadProcess(HostFigures& host) {
  host.pid = getpid();
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failed)) {
    static_cast<void>(entry);
    ++host.open_files;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    host.max_files = static_cast<std::int64_t>(limit.rlim_cur);
  }
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  host.virtual_bytes = pages * sysconf(_SC_PAGESIZE);
  host.resident_bytes = resident * sysconf(_SC_PAGESIZE);

  static std::atomic<std::int64_t> peak_threads = 0;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", unreadable)) {
    static_cast<void>(entry);
    ++host.threads;
  }
  std::int64_t peak = peak_threads;
  while (peak < host.threads && !peak_threads.compare_exchange_weak(peak, host.threads)) {
  }
  host.peak_threads = std::max(peak, host.threads);

  // The 22nd field: ticks from the start of the machine to that of the process. The second field
  // may hold blanks and ends with the last bracket.
  std::string stat;
  std::getline(std::ifstream("/proc/self/stat"), stat);
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 2, stat.size())));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  double uptime = 0;
  std::ifstream("/proc/uptime") >> uptime;
  host.uptime_millis = static_cast<std::int64_t>(uptime * 1000) -
                       std::atoll(field.c_str()) * 1000 / sysconf(_SC_CLK_TCK);
}

void ReadSystem(HostFigures& host) {
  utsname names{};
  if (uname(&names) != 0) return;
  host.os_name = names.sysname;
  host.os_version = names.release;
  host.architecture = names.machine;
  host.os_pretty_name = host.os_name;
  constexpr std::string_view kKey = "PRETTY_NAME=\"";
  std::ifstream release("/etc/os-release");
  for (std::string line; std::getline(release, line);) {
    if (line.starts_with(kKey) && line.ends_with('"')) {
      host.os_pretty_name = line.substr(kKey.size(), line.size() - kKey.size() - 1);
    }
  }
}

void ReadDisk(HostFigures& host, const std::string& path) {
  std::error_code failed;
  const MountFigures mount = ReadMount(std::filesystem::canonical(path, failed).string());
  host.mount = mount.mount;
  host.file_system = mount.file_system;
  host.devices = ReadDevices(mount.device);
  struct statvfs disk{};
  if (statvfs(path.c_str(), &disk) != 0) return;
  const auto block = static_cast<std::int64_t>(disk.f_frsize);
  host.disk_total = static_cast<std::int64_t>(disk.f_blocks) * block;
  host.disk_free = static_cast<std::int64_t>(disk.f_bfree) * block;
  host.disk_available = static_cast<std::int64_t>(disk.f_bavail) * block;
}

}  // namespace

HostFigures ReadHost(const std::string& path) {
  HostFigures host;
  ReadCpu(host);
  ReadMemory(host);
  ReadProcess(host);
  ReadSystem(host);
  ReadDisk(host, path);
  return host;
}

}  // namespace actions::node_stats
