#include "base/text/memory_size.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "base/text/numbers.h"
#include "base/text/units.h"

namespace base {

namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

std::int64_t ReadLimit(const std::string& file) {
  std::ifstream in(file);
  std::int64_t bytes = 0;
  return in >> bytes && bytes > 0 ? bytes : kNoLimit;  // "max" is no number
}

// Of the group and those it is in: version 2 ("0::/a/b"), or 1, where the process sees its own.
std::int64_t ControlGroupLimit() {
  std::int64_t limit = ReadLimit("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with("0::")) continue;
    std::string path = line.substr(3);
    for (;;) {
      limit = std::min(limit, ReadLimit("/sys/fs/cgroup" + path + "/memory.max"));
      if (path.empty()) break;
      path.resize(path.rfind('/'));
    }
  }
  return limit;
}

std::int64_t AddressLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  return static_cast<std::int64_t>(limit.rlim_cur);
}

}  // namespace

Result<std::int64_t> ParseMemorySize(std::string_view text, std::string_view name,
                                     std::int64_t whole) {
  if (!text.ends_with('%')) {
    ASSIGN_OR_RETURN(const ByteSize size, ByteSize::Parse(text, name));
    return size.bytes();
  }
  const std::string_view number = text.substr(0, text.size() - 1);
  const Result<double> percent = ParseDouble(number);
  if (!percent.ok()) return ParseError("failed to parse [" + std::string(number) + "] as a double");
  if (!(*percent >= 0 && *percent <= 100))
    return ParseError("percentage should be in [0-100], got [" + std::string(number) + "]");
  return static_cast<std::int64_t>(*percent / 100 * static_cast<double>(whole));
}

std::int64_t HalfOfMemory() {
  static const std::int64_t half = [] {
    const std::int64_t machine =
        std::int64_t{sysconf(_SC_PHYS_PAGES)} * std::int64_t{sysconf(_SC_PAGESIZE)};
    return std::min({machine, ControlGroupLimit(), AddressLimit()}) / 2;
  }();
  return half;
}

}  // namespace base
