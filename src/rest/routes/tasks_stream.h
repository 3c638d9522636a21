// rest/routes/tasks_stream.h
//
// `GET /_tasks/_stream`: what begins, is cancelled and ends, as server-sent events, until the
// client goes away. Takes the filters of a list and `interval`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddTaskStreamRoute(Router& router, actions::Node& node);

}  // namespace rest::routes
