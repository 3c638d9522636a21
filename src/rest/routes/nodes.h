// rest/routes/nodes.h
//
// `_nodes` and `_nodes/stats`: what nodes are and what they use.

#pragma once

#include "actions/node.h"
#include "rest/http/server.h"
#include "rest/router.h"

namespace rest::routes {

// `http` is asked for the connections of this node.
void AddNodeRoutes(Router& router, actions::Node& node, const http::Server& http);

// Why reading figures is no work to cancel.
inline constexpr std::string_view kEndsAtOnce = "it ends at once";

// The parts of both that the answers have in common.
struct NodesParams {
  std::vector<std::string> ids;
  std::vector<std::string> metrics;  // none: all
};
void WriteNodesHead(base::json::Writer& out, const cluster::ClusterState& state, std::size_t count);

void AddNodeInfoRoutes(Router& router, actions::Node& node);
void AddNodeStatsRoutes(Router& router, actions::Node& node, const http::Server& http);

}  // namespace rest::routes
