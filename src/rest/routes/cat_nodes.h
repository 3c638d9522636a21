// rest/routes/cat_nodes.h
//
// Tables with a row a node: `_cat/nodes`, `_cat/cluster_manager`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

// `dimr`: the first letters, sorted; the manager's is the `m` of its old name.
std::string RoleLetters(const std::vector<std::string>& roles);

// Of its transport.
std::string PortOf(const cluster::NodeInfo& info);

void AddCatNodeRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
