// cluster/settings/disk_watermarks.h
//
// cluster.routing.allocation.disk.*: how full the disk of a node may be. Names, defaults and texts
// are OpenSearch's. Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cluster/settings/cluster_settings.h"

namespace cluster {

namespace keys {
inline constexpr std::string_view kDiskThreshold =
    "cluster.routing.allocation.disk.threshold_enabled";
inline constexpr std::string_view kDiskLow = "cluster.routing.allocation.disk.watermark.low";
inline constexpr std::string_view kDiskHigh = "cluster.routing.allocation.disk.watermark.high";
inline constexpr std::string_view kDiskFlood =
    "cluster.routing.allocation.disk.watermark.flood_stage";
inline constexpr std::string_view kDiskInterval = "cluster.info.update.interval";
}  // namespace keys

// A share of the disk that may be used ("85%", "0.85"), or bytes that have to be free ("5gb").
class Watermark {
 public:
  // 400 for anything else: a share out of range is read as bytes without a unit, as OpenSearch
  // does. `key` is for the text.
  static base::Result<Watermark> Parse(std::string_view key, std::string_view text);

  std::uint64_t FreeBytes(std::uint64_t total) const;  // that have to be available
  bool is_share() const { return used_percent_ >= 0; }
  const std::string& text() const { return text_; }

  // 0: both say the same; positive: this one lets the disk become fuller.
  int Compare(const Watermark& other) const;

 private:
  std::string text_;
  double used_percent_ = -1;  // negative: bytes
  std::uint64_t free_bytes_ = 0;
};

struct DiskWatermarks {
  bool enabled = true;
  Watermark low, high, flood;
  std::int64_t interval_nanos = 30'000'000'000;

  // `value` says what is set for a key; empty: the default. 400 if they are out of order.
  using Value = std::function<std::string(std::string_view key)>;
  static base::Result<DiskWatermarks> From(const Value& value);

  // Those of a node: the cluster's settings, else its own, else the defaults. If the watermarks do
  // not fit together, then the cluster's alone or, if these do not, the node's own.
  struct InForce;
  static InForce Of(const ClusterState& state, const OwnSettings& own);
};

struct DiskWatermarks::InForce {
  DiskWatermarks marks;
  base::Status misfit;  // why not all that is set is in force
};

// For the tables of settings.
base::Status CheckWatermark(std::string_view key, std::string_view value);

}  // namespace cluster
