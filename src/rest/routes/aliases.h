// rest/routes/aliases.h
//
// `_aliases` and `{index}/_alias/{name}`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddAliasRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
