// rest/routes/tasks_stream.h
//
// `GET /_tasks/_stream`: what starts, changes, is cancelled and ends, as server-sent events, until
// the client goes away. Takes the filters of a list and `interval`. docs/design/0020.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddTaskStreamRoute(Router& router, actions::Node& node);

}  // namespace rest::routes
