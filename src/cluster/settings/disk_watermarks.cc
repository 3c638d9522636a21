#include "cluster/settings/disk_watermarks.h"

#include <cmath>
#include <optional>

#include "base/text/numbers.h"
#include "base/text/units.h"

namespace cluster {

using base::IllegalArgument;
using base::Result;
using base::Status;

namespace {

// In percent. Null for what is no number, or a share of no disk.
std::optional<double> ParseShare(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const Result<double> value = base::ParseDouble(text);
  const double most = percent ? 100 : 1;
  if (!value.ok() || !(*value >= 0 && *value <= most)) return std::nullopt;
  return percent ? *value : 100 * *value;
}

Status OutOfOrder(std::string_view less, const Watermark& lower, std::string_view more,
                  const Watermark& upper) {
  return IllegalArgument(std::string(less) + " disk watermark [" + lower.text() + "] " +
                         (lower.is_share() ? "more" : "less") + " than " + std::string(more) +
                         " disk watermark [" + upper.text() + "]");
}

}  // namespace

Result<Watermark> Watermark::Parse(std::string_view key, std::string_view text) {
  Watermark watermark;
  watermark.text_ = text;
  if (const auto share = ParseShare(text)) {
    watermark.used_percent_ = *share;
    return watermark;
  }
  const Result<base::ByteSize> bytes = base::ByteSize::Parse(text, key);
  if (!bytes.ok()) return IllegalArgument(bytes.status().reason()).CausedBy(bytes.status());
  watermark.free_bytes_ = bytes->bytes() < 0 ? 0 : static_cast<std::uint64_t>(bytes->bytes());
  return watermark;
}

std::uint64_t Watermark::FreeBytes(std::uint64_t total) const {
  if (!is_share()) return free_bytes_;
  return static_cast<std::uint64_t>(
      std::ceil(static_cast<double>(total) * (100 - used_percent_) / 100));
}

int Watermark::Compare(const Watermark& other) const {
  if (is_share())
    return used_percent_ < other.used_percent_ ? -1 : used_percent_ > other.used_percent_;
  return free_bytes_ > other.free_bytes_ ? -1 : free_bytes_ < other.free_bytes_;
}

Result<DiskWatermarks> DiskWatermarks::From(const Value& value) {
  const auto text = [&](std::string_view key, const char* otherwise) {
    std::string set = value(key);
    return set.empty() ? std::string(otherwise) : set;
  };
  DiskWatermarks marks;
  marks.enabled = text(keys::kDiskThreshold, "true") == "true";
  ASSIGN_OR_RETURN(marks.low, Watermark::Parse(keys::kDiskLow, text(keys::kDiskLow, "85%")));
  ASSIGN_OR_RETURN(marks.high, Watermark::Parse(keys::kDiskHigh, text(keys::kDiskHigh, "90%")));
  ASSIGN_OR_RETURN(marks.flood, Watermark::Parse(keys::kDiskFlood, text(keys::kDiskFlood, "95%")));
  ASSIGN_OR_RETURN(const base::TimeValue interval,
                   base::TimeValue::Parse(text(keys::kDiskInterval, "30s"), keys::kDiskInterval));
  marks.interval_nanos = interval.nanos();
  if (marks.low.is_share() != marks.high.is_share() ||
      marks.low.is_share() != marks.flood.is_share()) {
    return IllegalArgument("unable to consistently parse [" + std::string(keys::kDiskLow) + "=" +
                           marks.low.text() + "], [" + std::string(keys::kDiskHigh) + "=" +
                           marks.high.text() + "], and [" + std::string(keys::kDiskFlood) + "=" +
                           marks.flood.text() + "] as percentage or bytes");
  }
  if (marks.low.Compare(marks.high) > 0) return OutOfOrder("low", marks.low, "high", marks.high);
  if (marks.high.Compare(marks.flood) > 0)
    return OutOfOrder("high", marks.high, "flood stage", marks.flood);
  return marks;
}

DiskWatermarks::InForce DiskWatermarks::Of(const ClusterState& state, const OwnSettings& own) {
  const Value of_cluster = [&](std::string_view key) {
    const std::string* const set = FindInForce(state, key);
    return set ? *set : std::string();
  };
  const Value of_node = [&](std::string_view key) {
    const auto found = own.find(key);
    return found == own.end() ? std::string() : found->second;
  };
  const Value both = [&](std::string_view key) {
    std::string set = of_cluster(key);
    return set.empty() ? of_node(key) : set;
  };
  Result<DiskWatermarks> all = From(both);
  if (all.ok()) return {.marks = *std::move(all), .misfit = {}};
  for (const Value* alone : {&of_cluster, &of_node}) {
    Result<DiskWatermarks> marks = From([&](std::string_view key) {
      const bool is_mark =
          key == keys::kDiskLow || key == keys::kDiskHigh || key == keys::kDiskFlood;
      return is_mark ? (*alone)(key) : both(key);
    });
    if (marks.ok()) return {.marks = *std::move(marks), .misfit = all.status()};
  }
  return {.marks = *From([](std::string_view) { return std::string(); }), .misfit = all.status()};
}

Status CheckWatermark(std::string_view key, std::string_view value) {
  return Watermark::Parse(key, value).status();
}

}  // namespace cluster
