// base/log/state_throttle.h
//
// StateThrottle says when a state that comes and goes should be logged: when it has changed, and
// each state at most once a minute. A change that is held back is due later, if the state is still
// another one than was logged last. So ask again from time to time.
//
//   if (throttle.Pass(full)) log::Warn("disk", full ? "the disk is full" : "there is room again");
//
// Lifetime: beside what logs. Threads: one at a time.

#pragma once

#include <map>

#include "base/clock.h"
#include "base/log/throttle.h"

namespace base::log {

template <typename State>
class StateThrottle {
 public:
  // `logged`: the state that needs no line.
  StateThrottle(const Clock& clock, State logged) : clock_(clock), logged_(logged) {}

  State logged() const { return logged_; }

  bool Pass(State now) {
    if (now == logged_) return false;
    const std::int64_t nanos = clock_.MonotonicNanos();
    const auto [last, first] = last_.try_emplace(now, nanos);
    if (!first && nanos - last->second < LogThrottle::kPeriodNanos) return false;
    last->second = nanos;
    logged_ = now;
    return true;
  }

 private:
  const Clock& clock_;
  State logged_;
  std::map<State, std::int64_t> last_;  // when each was logged
};

}  // namespace base::log
