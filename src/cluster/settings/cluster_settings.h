// cluster/settings/cluster_settings.h
//
// Which settings of the whole cluster may change while it runs, what values they take and which is
// in force. Names, defaults and texts are OpenSearch's; `tasks.*` is ours. What is not obeyed is
// not in the table, and so refused.
//
// Threads: constant tables and pure functions.

#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "cluster/cluster_state.h"
#include "cluster/settings/index_settings.h"

namespace cluster {

namespace keys {
inline constexpr std::string_view kAutoCreateIndex = "action.auto_create_index";
inline constexpr std::string_view kDestructiveRequiresName = "action.destructive_requires_name";
inline constexpr std::string_view kCloseEnable = "cluster.indices.close.enable";
inline constexpr std::string_view kMaxShardsPerNode = "cluster.max_shards_per_node";
inline constexpr std::string_view kTotalBreaker = "indices.breaker.total.limit";
inline constexpr std::string_view kRequestBreaker = "indices.breaker.request.limit";
inline constexpr std::string_view kInFlightBreaker = "network.breaker.inflight_requests.limit";
inline constexpr std::string_view kFanoutTimeout = "tasks.fanout_timeout";
inline constexpr std::string_view kHistoryMinRunningTime = "tasks.history.min_running_time";
inline constexpr std::string_view kListTimeout = "tasks.list_timeout";
inline constexpr std::string_view kCancelStatusFormat = "tasks.cancel.status_format";
}  // namespace keys

// What keys::kCancelStatusFormat may be.
inline constexpr std::array<std::string_view, 4> kStatusFormats = {"auto", "string", "object",
                                                                   "none"};

// Ordered by key. An empty fallback: as the node's own settings say.
std::span<const IndexSetting> ClusterSettings();
// Null if it is unknown; a group's for what is in it.
const IndexSetting* FindClusterSetting(std::string_view key);

// A node's own values of settings that the cluster's override, by key.
using OwnSettings = std::map<std::string, std::string, std::less<>>;

// The value of a setting: transient, else persistent; null if it is not set.
const std::string* FindInForce(const ClusterState& state, std::string_view key);

// Nested objects or dotted keys as a flat map; lists as their items with commas. 400 unless it is
// an object.
base::Result<SettingsUpdate> FlattenSettings(const base::json::Value& body);

// Changes `settings` by `update`, whose nulls take away what is set; a null's key may be a pattern.
// 400 for what is unknown or does not fit; `kind`, "persistent" or "transient", is for the text.
base::Status ChangeSettings(std::map<std::string, std::string>& settings,
                            const SettingsUpdate& update, std::string_view kind);

// What `action.auto_create_index` says of an index that is missing: 404 unless it may be made.
base::Status CheckAutoCreate(std::string_view value, std::string_view index);

}  // namespace cluster
