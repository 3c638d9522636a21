// rest/routes/reroute.h
//
// `_cluster/reroute` and `_cluster/allocation/explain`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddRerouteRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
