#include "actions/node_stats/disk.h"

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace actions::node_stats {

namespace {

std::string ReadFile(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

bool IsAtOrBelow(std::string_view path, std::string_view place) {
  if (place == "/") return true;
  return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

// Blanks and backslashes in names of the kernel: three octal digits behind a backslash.
std::string Unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

}  // namespace

void DeviceFigures::Add(const DeviceFigures& other, int sign) {
  reads += sign * other.reads;
  writes += sign * other.writes;
  read_kilobytes += sign * other.read_kilobytes;
  write_kilobytes += sign * other.write_kilobytes;
  read_millis += sign * other.read_millis;
  write_millis += sign * other.write_millis;
  queue_millis += sign * other.queue_millis;
  busy_millis += sign * other.busy_millis;
}

MountFigures FindMount(std::string_view mountinfo, std::string_view path) {
  MountFigures found;
  std::size_t longest = 0;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // 27 1 254:0 / /mnt rw,relatime shared:1 - ext4 /dev/vda rw
    std::istringstream fields(line);
    std::string id, parent, device, root, place, field, type, source;
    fields >> id >> parent >> device >> root >> place;
    while (fields >> field && field != "-") {
    }
    if (!(fields >> type >> source)) continue;
    place = Unescape(place);
    if (place.size() < longest || !IsAtOrBelow(path, place)) continue;
    longest = place.size();
    found = {place + " (" + Unescape(source) + ")", type, device};
  }
  return found;
}

std::vector<DeviceFigures> FindDevices(std::string_view diskstats, std::string_view device) {
  constexpr std::int64_t kSectorsPerKilobyte = 2;
  std::vector<DeviceFigures> found;
  std::istringstream lines{std::string(diskstats)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string major, minor;
    DeviceFigures figures;
    std::int64_t merged = 0, in_progress = 0;
    fields >> major >> minor >> figures.name >> figures.reads >> merged >> figures.read_kilobytes >>
        figures.read_millis >> figures.writes >> merged >> figures.write_kilobytes >>
        figures.write_millis >> in_progress >> figures.busy_millis >> figures.queue_millis;
    if (!fields || major + ":" + minor != device) continue;
    figures.read_kilobytes /= kSectorsPerKilobyte;
    figures.write_kilobytes /= kSectorsPerKilobyte;
    found.push_back(std::move(figures));
  }
  return found;
}

MountFigures ReadMount(const std::string& path) {
  return FindMount(ReadFile("/proc/self/mountinfo"), path);
}

std::vector<DeviceFigures> ReadDevices(const std::string& device) {
  static std::mutex mutex;
  static std::map<std::string, DeviceFigures> first;  // guarded by mutex; by name
  std::vector<DeviceFigures> devices = FindDevices(ReadFile("/proc/diskstats"), device);
  std::lock_guard lock(mutex);
  for (DeviceFigures& now : devices)
    now.Add(DeviceFigures(first.try_emplace(now.name, now).first->second), -1);
  return devices;
}

}  // namespace actions::node_stats
