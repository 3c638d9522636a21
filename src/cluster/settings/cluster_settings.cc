#include "cluster/settings/cluster_settings.h"

#include <algorithm>
#include <array>

#include "base/text/memory_size.h"
#include "base/text/strings.h"
#include "base/text/units.h"
#include "cluster/settings/disk_watermarks.h"
#include "cluster/settings/setting_checks.h"

namespace cluster {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;
using Kind = IndexSetting::Kind;
using Update = IndexSetting::Update;

constexpr double kNoMin = IndexSetting::kNoMin, kNoMax = IndexSetting::kNoMax;
constexpr double kMillisecond = 1'000'000;  // in nanoseconds

struct AutoCreatePattern {
  std::string pattern;
  bool include = true;
};

// `true` and `false` are no patterns: then there are none.
Result<std::vector<AutoCreatePattern>> ParseAutoCreate(std::string_view value) {
  std::vector<AutoCreatePattern> patterns;
  if (base::ParseBool(value).ok()) return patterns;
  const auto bad = [&](const std::string& why) {
    return IllegalArgument("Can't parse [" + std::string(value) +
                           "] for setting [action.auto_create_index] " + why);
  };
  for (const std::string& item : base::SplitList(value)) {
    std::string text(base::TrimAscii(item));
    if (text.empty())
      return bad("must be either [true, false, or a comma separated list of index patterns]");
    AutoCreatePattern pattern{.pattern = text, .include = text.front() != '-'};
    if (text.front() == '-' || text.front() == '+') {
      if (text.size() == 1) return bad("must contain an index name after [" + text + "]");
      pattern.pattern = text.substr(1);
    }
    patterns.push_back(std::move(pattern));
  }
  if (patterns.empty())
    return bad("must be either [true, false, or a comma separated list of index patterns]");
  return patterns;
}

Status CheckAutoCreateValue(std::string_view, std::string_view value) {
  return ParseAutoCreate(value).status();
}

Status CheckStatusFormat(std::string_view key, std::string_view value) {
  if (std::ranges::find(kStatusFormats, value) != kStatusFormats.end()) return {};
  return IllegalArgument("[" + std::string(key) +
                         "] must be auto, string, object or none, but was [" + std::string(value) +
                         "]");
}

Status CheckMemorySize(std::string_view key, std::string_view value) {
  return base::ParseMemorySize(value, key, base::HalfOfMemory()).status();
}

constexpr std::array<IndexSetting, 20> kSettings = {{
    {keys::kAutoCreateIndex, Kind::kText, Update::kDynamic, "", kNoMin, kNoMax,
     CheckAutoCreateValue},
    {keys::kDestructiveRequiresName, Kind::kBool, Update::kDynamic, ""},
    {keys::kCloseEnable, Kind::kBool, Update::kDynamic, "true"},
    {keys::kDiskInterval, Kind::kTime, Update::kDynamic, "30s", 10'000 * kMillisecond},
    {keys::kMaxShardsPerNode, Kind::kInt, Update::kDynamic, "1000", 1},
    {keys::kDiskThreshold, Kind::kBool, Update::kDynamic, "true"},
    {keys::kDiskFlood, Kind::kText, Update::kDynamic, "95%", kNoMin, kNoMax, CheckWatermark},
    {keys::kDiskHigh, Kind::kText, Update::kDynamic, "90%", kNoMin, kNoMax, CheckWatermark},
    {keys::kDiskLow, Kind::kText, Update::kDynamic, "85%", kNoMin, kNoMax, CheckWatermark},
    {"cluster.routing.allocation.enable", Kind::kText, Update::kDynamic, "all", kNoMin, kNoMax,
     CheckAllocationEnable},
    {"cluster.routing.allocation.exclude.", Kind::kGroup, Update::kDynamic, ""},
    {"cluster.routing.allocation.include.", Kind::kGroup, Update::kDynamic, ""},
    {"cluster.routing.allocation.require.", Kind::kGroup, Update::kDynamic, ""},
    {keys::kRequestBreaker, Kind::kText, Update::kDynamic, "", kNoMin, kNoMax, CheckMemorySize},
    {keys::kTotalBreaker, Kind::kText, Update::kDynamic, "", kNoMin, kNoMax, CheckMemorySize},
    {keys::kInFlightBreaker, Kind::kText, Update::kDynamic, "", kNoMin, kNoMax, CheckMemorySize},
    {keys::kCancelStatusFormat, Kind::kText, Update::kDynamic, "", kNoMin, kNoMax,
     CheckStatusFormat},
    {keys::kFanoutTimeout, Kind::kTime, Update::kDynamic, "", kMillisecond},
    {keys::kHistoryMinRunningTime, Kind::kTime, Update::kDynamic, "", 0},
    {keys::kListTimeout, Kind::kTime, Update::kDynamic, "", kMillisecond},
}};

Status Flatten(const Value& object, const std::string& prefix, SettingsUpdate& flat) {
  for (const base::json::Member& member : object.members()) {
    const std::string key = prefix + std::string(member.key);
    const Value& value = *member.value;
    RETURN_IF_ERROR(CheckSettingName(key));
    if (value.IsObject()) {
      RETURN_IF_ERROR(Flatten(value, key + ".", flat));
    } else if (value.IsNull()) {
      flat[key] = std::nullopt;
    } else if (value.IsArray()) {
      std::vector<std::string> items;
      for (const Value* item : value.items()) items.emplace_back(item->text());
      flat[key] = base::Join(items, ",");
    } else {
      flat[key] = std::string(value.text());
    }
  }
  return {};
}

}  // namespace

std::span<const IndexSetting> ClusterSettings() { return kSettings; }

const IndexSetting* FindClusterSetting(std::string_view key) {
  for (const IndexSetting& setting : kSettings) {
    const bool in_group = setting.kind == Kind::kGroup && key.size() > setting.key.size() &&
                          key.starts_with(setting.key);
    if (in_group || (setting.kind != Kind::kGroup && setting.key == key)) return &setting;
  }
  return nullptr;
}

const std::string* FindInForce(const ClusterState& state, std::string_view key) {
  for (const auto* settings : {&state.transient_settings, &state.persistent_settings}) {
    const auto found = settings->find(std::string(key));
    if (found != settings->end()) return &found->second;
  }
  return nullptr;
}

Result<SettingsUpdate> FlattenSettings(const Value& body) {
  if (!body.IsObject()) return base::ParseError("settings must be an object");
  SettingsUpdate flat;
  RETURN_IF_ERROR(Flatten(body, "", flat));
  return flat;
}

Status ChangeSettings(std::map<std::string, std::string>& settings, const SettingsUpdate& update,
                      std::string_view kind) {
  for (const auto& [key, value] : update) {
    const bool pattern = !value && key.find('*') != std::string::npos;
    const IndexSetting* const setting = FindClusterSetting(key);
    if (setting == nullptr && !pattern) {
      return IllegalArgument(std::string(kind) + " setting [" + key + "], not recognized");
    }
    if (value) {
      RETURN_IF_ERROR(CheckIndexSetting(*setting, key, *value));
      settings[key] = *value;
    } else {
      std::erase_if(settings, [&](const auto& entry) { return base::GlobMatch(key, entry.first); });
    }
  }
  const auto value = [&](std::string_view key) {
    const auto found = settings.find(std::string(key));
    return found == settings.end() ? std::string() : found->second;
  };
  return DiskWatermarks::From(value).status();
}

Status CheckAutoCreate(std::string_view value, std::string_view index) {
  const auto refuse = [&](const std::string& why) {
    return Status(
               404, "index_not_found_exception",
               "no such index [" + std::string(index) + "] and [action.auto_create_index] " + why)
        .With("index", std::string(index))
        .With("index_uuid", "_na_");
  };
  if (value == "true") return {};
  if (value == "false") return refuse("is [false]");
  const auto patterns = ParseAutoCreate(value);
  RETURN_IF_ERROR(patterns.status());
  for (const AutoCreatePattern& item : *patterns) {
    if (!base::GlobMatch(item.pattern, index)) continue;
    if (item.include) return {};
    return refuse("contains [-" + item.pattern + "] which forbids automatic creation of the index");
  }
  return refuse("([" + std::string(value) + "]) doesn't match");
}

}  // namespace cluster
