// rest/routes/cluster_stats.h
//
// `_cluster/stats`: what all nodes and indices come to.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddClusterStatsRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
