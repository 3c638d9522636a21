#include "tasks/record/cancel_metrics.h"

#include <algorithm>
#include <cmath>

namespace tasks {

Histogram Histogram::Restore(const Buckets& buckets, std::int64_t sum_nanos,
                             std::int64_t max_nanos) {
  Histogram restored;
  restored.buckets_ = buckets;
  for (const std::int64_t bucket : buckets) restored.count_ += bucket;
  restored.sum_ = sum_nanos;
  restored.max_ = max_nanos;
  return restored;
}

void Histogram::Add(std::int64_t nanos) {
  const auto bound =
      std::ranges::lower_bound(kBoundsMicros, nanos, {}, [](std::int64_t us) { return us * 1000; });
  ++buckets_[static_cast<std::size_t>(bound - kBoundsMicros.begin())];
  ++count_;
  sum_ += nanos;
  max_ = std::max(max_, nanos);
}

void Histogram::Add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::int64_t Histogram::QuantileNanos(double quantile) const {
  const auto rank = static_cast<std::int64_t>(std::ceil(quantile * static_cast<double>(count_)));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < kBoundsMicros.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(kBoundsMicros[i] * 1000, max_);
  }
  return max_;
}

void CancelMetrics::CountCancelToEnd(std::string_view action, std::int64_t nanos) {
  std::lock_guard lock(mutex_);
  counts_.cancel_to_end[std::string(action)].Add(nanos);
  if (late_.counted && nanos >= late_.after_nanos) ++counts_.late[std::string(action)];
}

void CancelMetrics::CountEnd(std::string_view action) {
  std::lock_guard lock(ended_mutex_);
  ++ended_[action];
}

void CancelMetrics::CountGap(const char* phase, std::int64_t nanos) {
  std::lock_guard lock(mutex_);
  counts_.checkpoint_gaps[phase == nullptr ? "" : phase].Add(nanos);
}

void CancelMetrics::CountShortBackgroundRun() {
  std::lock_guard lock(mutex_);
  ++counts_.short_background_runs;
}

CancelMetrics::Snapshot CancelMetrics::snapshot() const {
  Snapshot snapshot;
  {
    std::lock_guard lock(mutex_);
    snapshot = counts_;
  }
  std::lock_guard lock(ended_mutex_);
  for (const auto& [action, count] : ended_) snapshot.ended[std::string(action)] = count;
  return snapshot;
}

}  // namespace tasks
