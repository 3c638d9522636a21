// actions/live_settings.h
//
// Settings of the node that the cluster's settings may override while it runs. Threads: any.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actions/node.h"

namespace actions {

std::int64_t FanoutTimeoutMillis(const Node& node);  // tasks.fanout_timeout
std::int64_t ListTimeoutMillis(const Node& node);    // tasks.list_timeout
StatusFormat CancelStatusFormat(const Node& node);   // tasks.cancel.status_format
std::optional<StatusFormat> ParseStatusFormat(std::string_view text);
std::string AutoCreateIndex(const Node& node);   // action.auto_create_index
bool DestructiveRequiresName(const Node& node);  // action.destructive_requires_name

// tasks.history.min_running_time, in that state of the cluster.
std::int64_t HistoryMinRunningMillis(const NodeSettings& settings,
                                     const cluster::ClusterState& state);

// Of the node's account of memory, in that state of the cluster.
tasks::MemoryAccount::Limits MemoryLimits(const NodeSettings& settings,
                                          const cluster::ClusterState& state);

}  // namespace actions
