// rest/routes/cat_tasks.h
//
// `GET /_cat/tasks`: the list of tasks as a table, children below their parents.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatTasksRoute(Router& router, actions::Node& node);

}  // namespace rest::routes
