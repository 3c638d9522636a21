// rest/routes/cluster_state.h
//
// `_cluster/state`: what this node holds of what all agree on.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddClusterStateRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
