#include "base/log/state_throttle.h"

#include <gtest/gtest.h>

namespace base::log {
namespace {

TEST(StateThrottle, LetsTheFirstChangesThroughAtOnceAndThenEachStateOnceAMinute) {
  ManualClock clock;
  StateThrottle<bool> full(clock, false);
  EXPECT_FALSE(full.Pass(false));
  EXPECT_TRUE(full.Pass(true));
  EXPECT_FALSE(full.Pass(true));
  clock.AdvanceMillis(1000);
  EXPECT_TRUE(full.Pass(false));
  for (int i = 0; i < 58; ++i) {
    EXPECT_FALSE(full.Pass(i % 2 == 0)) << i;
    clock.AdvanceMillis(1000);
  }
  clock.AdvanceMillis(1000);
  EXPECT_TRUE(full.Pass(true)) << "a minute after it was logged";
  EXPECT_FALSE(full.Pass(false));
  clock.AdvanceMillis(1000);
  EXPECT_TRUE(full.Pass(false)) << "it is still so when it is due";
}

}  // namespace
}  // namespace base::log
