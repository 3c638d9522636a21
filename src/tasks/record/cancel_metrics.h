// tasks/record/cancel_metrics.h
//
// How long a cancelled task takes to end, by action, and how long work goes without a checkpoint,
// by phase: histograms for _nodes/stats and /_prometheus/metrics. A task that ran on for long after
// its cancel is also counted as late. And how many tasks have ended, by action: the
// history keeps few of them.
//
// Lifetime: one a node, made by server/. Threads: any.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tasks {

// Counts by upper bound: 0.1 ms, 0.2, 0.5, 1, … doubling in steps 1-2-5 up to 100 s, and above.
class Histogram {
 public:
  static constexpr std::array<std::int64_t, 19> kBoundsMicros = {
      100,       200,        500,        1'000,      2'000,      5'000,     10'000,
      20'000,    50'000,     100'000,    200'000,    500'000,    1'000'000, 2'000'000,
      5'000'000, 10'000'000, 20'000'000, 50'000'000, 100'000'000};

  // One that was counted elsewhere.
  using Buckets = std::array<std::int64_t, kBoundsMicros.size() + 1>;
  static Histogram Restore(const Buckets& buckets, std::int64_t sum_nanos, std::int64_t max_nanos);

  void Add(std::int64_t nanos);
  void Add(const Histogram& other);
  std::int64_t count() const { return count_; }
  std::int64_t sum_nanos() const { return sum_; }
  std::int64_t max_nanos() const { return max_; }
  std::int64_t bucket(std::size_t i) const { return buckets_[i]; }  // i <= kBoundsMicros.size()
  // Upper bound of the bucket that holds the quantile, in nanoseconds.
  std::int64_t QuantileNanos(double quantile) const;

 private:
  Buckets buckets_{};
  std::int64_t count_ = 0, sum_ = 0, max_ = 0;
};

class CancelMetrics {
 public:
  // OpenSearch's task_cancellation.*; compared to the nanosecond.
  struct Late {
    bool counted = true;
    std::int64_t after_nanos = 10'000'000'000;
  };
  struct Snapshot {
    std::map<std::string, Histogram> cancel_to_end;    // by action
    std::map<std::string, Histogram> checkpoint_gaps;  // by phase; gaps above 10 ms
    std::map<std::string, std::int64_t> late;          // by action; those that have ended
    std::map<std::string, std::int64_t> ended;         // by action; all tasks
    std::int64_t short_background_runs = 0;            // runs too short to be tasks (P1)
  };

  CancelMetrics() = default;
  explicit CancelMetrics(const Late& late) : late_(late) {}

  const Late& late() const { return late_; }
  void CountCancelToEnd(std::string_view action, std::int64_t nanos);
  void CountEnd(std::string_view action);  // static storage
  void CountGap(const char* phase, std::int64_t nanos);
  void CountShortBackgroundRun();
  Snapshot snapshot() const;

 private:
  const Late late_;  // constant
  mutable std::mutex mutex_;
  Snapshot counts_;  // guarded by mutex_
  mutable std::mutex ended_mutex_;
  std::unordered_map<std::string_view, std::int64_t> ended_;  // guarded by ended_mutex_
};

}  // namespace tasks
