// bench/measure.h
//
// What the tools of the harness share: times, quantiles, documents to send, a process's cost.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace bench {

inline double NowMillis() {
  using std::chrono::steady_clock;
  return std::chrono::duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

// Nearest rank; `samples` may be in any order.
inline double Quantile(std::vector<double> samples, double quantile) {
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(samples.size()));
  return samples[std::min(rank, samples.size() - 1)];
}

// User and system time of a process so far, in seconds.
inline double CpuSeconds(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::string skipped;
  double user = 0, system = 0;
  for (int i = 3; i < 14; ++i) fields >> skipped;  // from field 3, state, to 13
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

inline double ResidentMegabytes(int pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

// A log-like document of about 260 bytes.
inline void AppendDocument(std::string& out, std::uint64_t number) {
  static constexpr const char* kWords[] = {"alpha", "bravo", "charlie", "delta",  "echo",
                                           "golf",  "hotel", "india",   "juliet", "kilo"};
  char text[400];
  const int size = std::snprintf(
      text, sizeof text,
      "{\"@timestamp\":\"2026-03-%02dT%02d:%02d:%02d.000Z\",\"clientip\":\"10.%d.%d.%d\","
      "\"request\":\"GET /%s/%s/%llu HTTP/1.1\",\"status\":%d,\"size\":%llu,"
      "\"agent\":\"Mozilla/5.0 (X11; Linux x86_64) %s %s\",\"referrer\":\"https://%s.test/%s\","
      "\"ok\":%s}",
      static_cast<int>(number % 28 + 1), static_cast<int>(number % 24),
      static_cast<int>(number % 60), static_cast<int>(number / 60 % 60),
      static_cast<int>(number % 251), static_cast<int>(number / 7 % 251),
      static_cast<int>(number / 49 % 251), kWords[number % 10], kWords[number / 10 % 10],
      static_cast<unsigned long long>(number * 2654435761u % 1000003),
      200 + static_cast<int>(number % 5) * 100,
      static_cast<unsigned long long>(number * 40503 % 100000), kWords[number / 3 % 10],
      kWords[number / 5 % 10], kWords[number / 11 % 10], kWords[number / 13 % 10],
      number % 3 == 0 ? "true" : "false");
  out.append(text, static_cast<std::size_t>(size));
}

}  // namespace bench
