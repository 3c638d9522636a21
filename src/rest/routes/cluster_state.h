// rest/routes/cluster_state.h
//
// `_cluster/state`: what this node holds of what all agree on.

#pragma once

#include <set>
#include <string>

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

// Writes members of an object: the parts of `state` that `metrics` name, of all indices.
// It tells of what has been done, and is not refused for lack of memory.
base::Status WriteState(base::json::Writer& out, const actions::Node& node,
                        const cluster::ClusterState& state, std::set<std::string> metrics);

void AddClusterStateRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
