#include "base/log/throttle.h"

#include <gtest/gtest.h>

namespace base::log {
namespace {

TEST(LogThrottle, LetsOneLineAMinuteThroughAndCountsTheOthers) {
  ManualClock clock;
  LogThrottle throttle(clock);
  EXPECT_EQ(throttle.Pass(), 0u);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(throttle.Pass(), std::nullopt);
  clock.AdvanceMillis(59'999);
  EXPECT_EQ(throttle.Pass(), std::nullopt);
  clock.AdvanceMillis(1);
  EXPECT_EQ(throttle.Pass(), 8u);
  EXPECT_EQ(throttle.Pass(), std::nullopt);
}

}  // namespace
}  // namespace base::log
