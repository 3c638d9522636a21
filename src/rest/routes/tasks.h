// rest/routes/tasks.h
//
// `/_tasks`: list, get, cancel, history, and the rethrottling of by-query work. Threads: Add…
// before the server starts.

#pragma once

#include "actions/tasks_get/get.h"
#include "actions/tasks_list/list.h"
#include "rest/router.h"

namespace rest::routes {

void AddTaskRoutes(Router& router, actions::Node& node);
void AddTaskRoutes(Router& router, actions::Node& node, actions::tasks_get::ResultStorePtr results);

// What the routes of lists share. The parameters of a list, but for group_by.
base::Result<actions::tasks_list::ListRequest> ReadListRequest(Request& request);
// The filters that lists, cancels and the history have in common.
base::Result<tasks::TaskFilter> ReadTaskFilter(Request& request);
// Stops `task` (which may be null) when the client goes away.
void StopWhenGone(const RequestPtr& request, const tasks::TaskPtr& task);

}  // namespace rest::routes
