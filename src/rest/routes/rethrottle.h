// rest/routes/rethrottle.h
//
// `/_reindex/{task_id}/_rethrottle` and its two sisters, which are the same.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddRethrottleRoutes(Router& router, actions::Node& node);

// A rate in operations a second; infinite: not throttled, which -1 asks for. 400 for others that
// are not above zero.
base::Result<float> ParseRequestsPerSecond(const std::string& text);

}  // namespace rest::routes
