#include "cluster/settings/setting_checks.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>

#include "base/json/tree.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "base/text/units.h"

namespace cluster {
namespace {

using base::IllegalArgument;
using base::Status;

bool OneOf(std::string_view value, std::initializer_list<std::string_view> allowed) {
  return std::ranges::find(allowed, value) != allowed.end();
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::vector<std::string> ItemsOf(std::string_view value) {
  const auto list = base::json::Document::Parse(value);
  if (!list.ok() || !list->root().IsArray()) return base::SplitList(value);
  std::vector<std::string> items;
  for (const base::json::Value* item : list->root().items()) items.emplace_back(item->text());
  return items;
}

Status BadChoice(std::string_view key, std::string_view value, const char* choices) {
  return IllegalArgument("unknown value for [" + std::string(key) + "] must be one of [" + choices +
                         "] but was: " + std::string(value));
}

struct Bounds {
  int min, max;
};
constexpr int kAll = std::numeric_limits<int>::max();

base::Result<Bounds> ParseAutoExpand(std::string_view value) {
  const auto fail = [&](std::int64_t index) {
    return IllegalArgument("failed to parse [index.auto_expand_replicas] from value: [" +
                           std::string(value) + "] at index " + std::to_string(index));
  };
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos) return fail(-1);
  const auto at = static_cast<std::int64_t>(dash);
  const auto min = base::ParseInt32(value.substr(0, dash));
  if (!min.ok()) return fail(at).CausedBy(min.status());
  Bounds bounds{*min, kAll};
  if (value.substr(dash + 1) != "all") {
    const auto max = base::ParseInt32(value.substr(dash + 1));
    if (!max.ok()) return fail(at).CausedBy(max.status());
    bounds.max = *max;
  }
  if (bounds.min > bounds.max) {
    return IllegalArgument(
        "[index.auto_expand_replicas] minReplicas must be =< maxReplicas but wasn't " +
        std::to_string(bounds.min) + " > " + std::to_string(bounds.max));
  }
  return bounds;
}

}  // namespace

Status CheckActiveShards(std::string_view, std::string_view value) {
  if (value == "all") return {};
  const auto count = base::ParseInt32(value);
  if (!count.ok()) {
    return IllegalArgument("cannot parse ActiveShardCount[" + std::string(value) + "]")
        .CausedBy(count.status());
  }
  if (*count < 0) return IllegalArgument("shard count cannot be a negative value");
  return {};
}

Status CheckAllocationEnable(std::string_view, std::string_view value) {
  if (OneOf(Upper(value), {"NONE", "NEW_PRIMARIES", "PRIMARIES", "ALL"})) return {};
  return IllegalArgument("Illegal allocation.enable value [" + Upper(value) + "]");
}

Status CheckAppendOnly(std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(const bool on, base::ParseBool(value));
  if (!on) return {};
  return IllegalArgument("setting [" + std::string(key) +
                         "] is not supported by this version: it has no append-only indices");
}

Status CheckAutoExpand(std::string_view, std::string_view value) {
  return value == "false" ? Status() : ParseAutoExpand(value).status();
}

Status CheckCodec(std::string_view key, std::string_view value) {
  if (OneOf(value, {"default", "lz4", "best_compression", "zlib"})) return {};
  return BadChoice(key, value, "default, lz4, best_compression, zlib");
}

Status CheckDataPath(std::string_view, std::string_view value) {
  if (value.empty()) return {};
  return IllegalArgument("path.shared_data must be set in order to use custom data paths");
}

Status CheckDurability(std::string_view, std::string_view value) {
  if (OneOf(Upper(value), {"REQUEST", "ASYNC"})) return {};
  return IllegalArgument("No enum constant org.opensearch.index.translog.Translog.Durability." +
                         Upper(value));
}

Status CheckFielddataCache(std::string_view, std::string_view value) {
  if (OneOf(value, {"node", "none"})) return {};
  return IllegalArgument("failed to parse [" + std::string(value) + "] must be one of [node,none]");
}

Status CheckFsLock(std::string_view key, std::string_view value) {
  if (OneOf(value, {"native", "simple"})) return {};
  return IllegalArgument("unrecognized [" + std::string(key) + "] \"" + std::string(value) +
                         "\": must be native or simple");
}

Status CheckMergePolicy(std::string_view, std::string_view value) {
  if (OneOf(value, {"tiered", "log_byte_size", "default"})) return {};
  return IllegalArgument("The setting has unsupported policy specified: " + std::string(value) +
                         ". Please use one of: tiered, log_byte_size, default");
}

Status CheckOnStartup(std::string_view key, std::string_view value) {
  if (OneOf(value, {"true", "false", "checksum"})) return {};
  return BadChoice(key, value, "true, false, checksum");
}

Status CheckRatio(std::string_view, std::string_view value) {
  if (OneOf(value, {"true", "false"})) return {};
  const auto ratio = base::ParseDouble(value);
  if (!ratio.ok()) {
    return IllegalArgument("Expected a boolean or a value in the interval [0..1] but was: [" +
                           std::string(value) + "]")
        .CausedBy(ratio.status());
  }
  if (*ratio >= 0 && *ratio <= 1) return {};
  std::string text = "NoCFSRatio must be in the interval [0..1] but was: [";
  base::AppendJavaDouble(text, *ratio);
  return IllegalArgument(text + "]");
}

Status CheckRebalanceEnable(std::string_view, std::string_view value) {
  if (OneOf(Upper(value), {"NONE", "PRIMARIES", "REPLICAS", "ALL"})) return {};
  return IllegalArgument("Illegal rebalance.enable value [" + Upper(value) + "]");
}

Status CheckReplicationType(std::string_view, std::string_view value) {
  if (OneOf(value, {"DOCUMENT", "SEGMENT"})) return {};
  return IllegalArgument("Could not parse ReplicationStrategy for [" + std::string(value) + "]");
}

Status CheckSliceMode(std::string_view, std::string_view value) {
  if (OneOf(value, {"all", "none", "auto"})) return {};
  return IllegalArgument("Setting value must be one of [all, none, auto]");
}

Status CheckSlowlogLevel(std::string_view, std::string_view value) {
  if (OneOf(Upper(value), {"WARN", "INFO", "DEBUG", "TRACE"})) return {};
  return IllegalArgument("No enum constant org.opensearch.common.logging.SlowLogLevel." +
                         Upper(value));
}

Status CheckSoftDeletes(std::string_view, std::string_view value) {
  ASSIGN_OR_RETURN(const bool on, base::ParseBool(value));
  if (on) return {};
  return IllegalArgument(
      "Creating indices with soft-deletes disabled is no longer supported. Please do not specify a "
      "value for setting [index.soft_deletes.enabled].");
}

Status CheckSortMissing(std::string_view, std::string_view value) {
  for (const std::string& item : ItemsOf(value)) {
    if (item == "_last" || item == "_first") continue;
    return IllegalArgument("Illegal missing value:[" + item + "], must be one of [_last, _first]");
  }
  return {};
}

// Modes of a sorted search that an index cannot have are told in other words.
Status CheckSortMode(std::string_view, std::string_view value) {
  for (const std::string& item : ItemsOf(value)) {
    const std::string mode = base::ToLowerAscii(item);
    if (OneOf(mode, {"min", "max"})) continue;
    if (!OneOf(mode, {"sum", "avg", "median"})) {
      return IllegalArgument("Illegal sort mode: " + item);
    }
    const char* const shown = mode == "sum" ? "SUM" : mode == "avg" ? "AVG" : "MEDIAN";
    return IllegalArgument("Illegal index sort mode:[" + std::string(shown) +
                           "], must be one of [MAX, MIN]");
  }
  return {};
}

Status CheckSortOrder(std::string_view, std::string_view value) {
  for (const std::string& item : ItemsOf(value)) {
    if (!OneOf(base::ToLowerAscii(item), {"asc", "desc"})) {
      return IllegalArgument("Illegal sort order:" + item);
    }
  }
  return {};
}

std::optional<int> ExpandReplicas(std::string_view value, int data_nodes) {
  if (value == "false") return std::nullopt;
  const auto bounds = ParseAutoExpand(value);
  if (!bounds.ok() || data_nodes - 1 < bounds->min) return std::nullopt;
  return std::min(bounds->max, data_nodes - 1);
}

}  // namespace cluster
