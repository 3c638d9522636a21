#include "base/clock.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(ManualClock, MovesOnlyByHand) {
  ManualClock clock;
  const auto mono = clock.MonotonicNanos(), wall = clock.WallMillis();
  EXPECT_EQ(clock.MonotonicNanos(), mono);
  clock.AdvanceMillis(1500);
  EXPECT_EQ(clock.MonotonicNanos() - mono, 1'500'000'000);
  EXPECT_EQ(clock.BootNanos(), clock.MonotonicNanos());
  EXPECT_EQ(clock.WallMillis() - wall, 1500);
}

TEST(SystemClock, NeverGoesBack) {
  Clock& clock = Clock::System();
  const auto mono = clock.MonotonicNanos(), boot = clock.BootNanos();
  EXPECT_GE(clock.MonotonicNanos(), mono);
  EXPECT_GE(clock.BootNanos(), boot);
  EXPECT_GT(clock.WallMillis(), 1'600'000'000'000);
}

}  // namespace
}  // namespace base
