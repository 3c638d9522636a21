#include "tasks/record/cancel_metrics.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

constexpr std::int64_t kMicro = 1000;

TEST(Histogram, CountsByUpperBound) {
  Histogram histogram;
  for (const std::int64_t micros : {1, 100, 101, 200, 100'000'000, 100'000'001})
    histogram.Add(micros * kMicro);
  EXPECT_EQ(histogram.bucket(0), 2);
  EXPECT_EQ(histogram.bucket(1), 2);
  EXPECT_EQ(histogram.bucket(18), 1);
  EXPECT_EQ(histogram.bucket(19), 1);
  EXPECT_EQ(histogram.count(), 6);
  EXPECT_EQ(histogram.max_nanos(), 100'000'001 * kMicro);
  EXPECT_EQ(histogram.sum_nanos(), 200'000'403 * kMicro);
}

TEST(Histogram, TellsQuantilesAsTheBoundOfTheirBucketAndNeverAboveTheLargest) {
  Histogram histogram;
  EXPECT_EQ(histogram.QuantileNanos(0.5), 0);
  for (int i = 0; i < 99; ++i) histogram.Add(150 * kMicro);
  histogram.Add(7000 * kMicro);
  EXPECT_EQ(histogram.QuantileNanos(0.5), 200 * kMicro);
  EXPECT_EQ(histogram.QuantileNanos(0.99), 200 * kMicro);
  EXPECT_EQ(histogram.QuantileNanos(1), 7000 * kMicro);
}

TEST(CancelMetrics, AreCountedByActionAndByPhase) {
  CancelMetrics metrics;
  metrics.CountCancelToEnd("indices:data/write/bulk", 3);
  metrics.CountCancelToEnd("indices:data/write/bulk", 5);
  metrics.CountGap("merge", 7);
  metrics.CountGap(nullptr, 9);
  metrics.CountShortBackgroundRun();
  const CancelMetrics::Snapshot counts = metrics.snapshot();
  EXPECT_EQ(counts.cancel_to_end.at("indices:data/write/bulk").sum_nanos(), 8);
  EXPECT_EQ(counts.checkpoint_gaps.at("merge").count(), 1);
  EXPECT_EQ(counts.checkpoint_gaps.at("").count(), 1);
  EXPECT_EQ(counts.short_background_runs, 1);
}

// B16: less than a second is not nothing.
TEST(CancelMetrics, B16AreLateByTheMillisecond) {
  CancelMetrics metrics({.after_nanos = 500 * 1000 * kMicro});
  metrics.CountCancelToEnd("search", 499 * 1000 * kMicro);
  EXPECT_TRUE(metrics.snapshot().late.empty());
  metrics.CountCancelToEnd("search", 500 * 1000 * kMicro);
  EXPECT_EQ(metrics.snapshot().late.at("search"), 1);
  CancelMetrics off({.counted = false, .after_nanos = 0});
  off.CountCancelToEnd("search", 1);
  EXPECT_TRUE(off.snapshot().late.empty());
}

}  // namespace
}  // namespace tasks
