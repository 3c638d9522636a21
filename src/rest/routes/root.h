// rest/routes/root.h
//
// `GET /`: who answers here; every client's first call.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddRootRoute(Router& router, actions::Node& node);

}  // namespace rest::routes
