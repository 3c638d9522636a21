// rest/routes/cat_nodes.h
//
// Tables with a row a node: `_cat/nodes`, `_cat/cluster_manager`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatNodeRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
