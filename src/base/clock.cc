#include "base/clock.h"

#include <ctime>

namespace base {

namespace {

std::int64_t Nanos(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  std::int64_t MonotonicNanos() const override { return Nanos(CLOCK_MONOTONIC); }
  std::int64_t BootNanos() const override { return Nanos(CLOCK_BOOTTIME); }
  std::int64_t WallMillis() const override { return Nanos(CLOCK_REALTIME) / 1'000'000; }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock clock;
  return clock;
}

}  // namespace base
