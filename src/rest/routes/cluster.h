// rest/routes/cluster.h
//
// `_cluster/health` and `_cluster/settings`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddClusterRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
