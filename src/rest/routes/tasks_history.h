// rest/routes/tasks_history.h
//
// `GET /_tasks/_history`: what ended tasks of this node did and why they ended.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddTaskHistoryRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
