// base/clock.h
//
// Where time comes from, so that a test can turn it by hand. One Clock a node, made by server/ and
// outliving everything that holds it. Threads: any.

#pragma once

#include <atomic>
#include <cstdint>

namespace base {

class Clock {
 public:
  virtual ~Clock() = default;

  // Since some fixed moment, never backwards; stands still while the machine sleeps.
  virtual std::int64_t MonotonicNanos() const = 0;
  // As MonotonicNanos() but goes on while the machine sleeps (CLOCK_BOOTTIME): for leases.
  virtual std::int64_t BootNanos() const = 0;
  // Milliseconds since 1970-01-01 UTC; may jump.
  virtual std::int64_t WallMillis() const = 0;

  // The machine's clock.
  static Clock& System();
};

// Turned by hand. Starts at a fixed moment in 2026.
class ManualClock final : public Clock {
 public:
  std::int64_t MonotonicNanos() const override { return nanos_; }
  std::int64_t BootNanos() const override { return nanos_; }
  std::int64_t WallMillis() const override { return kStartMillis + nanos_ / 1'000'000; }

  void AdvanceNanos(std::int64_t nanos) { nanos_ += nanos; }
  void AdvanceMillis(std::int64_t millis) { nanos_ += millis * 1'000'000; }

 private:
  static constexpr std::int64_t kStartMillis = 1'790'000'000'000;
  std::atomic<std::int64_t> nanos_ = 1'000'000'000;
};

}  // namespace base
