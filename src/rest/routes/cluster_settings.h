// rest/routes/cluster_settings.h
//
// `_cluster/settings`: what is set for the whole cluster.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddClusterSettingsRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
