// rest/routes/nodes.h
//
// `_nodes`, `_nodes/stats`, `_nodes/hot_threads`, `_nodes/usage`: what nodes are, use, are busy
// with and have been asked for.

#pragma once

#include "actions/node_stats/ask.h"
#include "rest/router.h"

namespace rest::routes {

void AddNodeRoutes(Router& router, actions::Node& node);

// Why reading figures is no work to cancel.
inline constexpr std::string_view kEndsAtOnce = "it ends at once";

// How long a thread of a growing pool lives without work.
inline constexpr std::string_view kPoolKeepAlive = "10s";

// What both have in common.
struct NodesParams {
  std::vector<std::string> ids;
  std::vector<std::string> metrics;
  bool all_metrics = true;  // they were not named
  bool flat_settings = false;
  std::string local_id;  // and what that node knows of itself without being asked
  std::int64_t max_content_length = 0;
};
// The nodes that `filters` mean and `timeout`, which errors call by `timeout_name`. Their figures
// are asked for by `request` alone.
base::Result<actions::node_stats::Question> NodesQuestion(const actions::Node& node,
                                                          Request& request,
                                                          const std::vector<std::string>& filters,
                                                          std::string_view timeout_name);
// The items of a parameter that are not empty.
std::vector<std::string> ItemsOf(Request& request, std::string_view name);
// `_nodes`, which names those that are silent, and the name of the cluster.
void WriteNodesHead(base::json::Writer& out, const actions::node_stats::Answer& answer);
void WriteRolesAndAttributes(base::json::Writer& out, const cluster::NodeInfo& info);

void AddNodeInfoRoutes(Router& router, actions::Node& node);
void AddHotThreadsRoutes(Router& router, actions::Node& node);
void AddNodesUsageRoutes(Router& router, actions::Node& node);
void AddNodeStatsRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
