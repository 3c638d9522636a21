// base/log/throttle.h
//
// LogThrottle lets one line of a kind through in a minute and counts the others, so that a stranger
// who can cause a line cannot fill the disk with them.
//
//   if (const auto kept_back = throttle.Pass())
//     log::Warn("http", "refused a request", {{"kept_back", *kept_back}});
//
// Lifetime: beside what logs. Threads: any.

#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace base::log {

class LogThrottle {
 public:
  static constexpr std::int64_t kPeriodNanos = 60'000'000'000;

  explicit LogThrottle(const Clock& clock) : clock_(clock) {}

  // How many lines were kept back since the last one; nothing: this one is kept back, too.
  std::optional<std::uint64_t> Pass() {
    const std::int64_t now = clock_.MonotonicNanos();
    std::lock_guard lock(mutex_);
    if (last_ && now - *last_ < kPeriodNanos) {
      ++kept_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(kept_back_, 0);
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<std::int64_t> last_;  // guarded by mutex_; when the last line was let through
  std::uint64_t kept_back_ = 0;       // guarded by mutex_
};

}  // namespace base::log
