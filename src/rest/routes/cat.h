// rest/routes/cat.h
//
// The `_cat` tables but for the tasks': health, indices, nodes, count and the manager; and `_cat`
// itself, which names them.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
