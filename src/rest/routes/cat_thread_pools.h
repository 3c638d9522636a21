// rest/routes/cat_thread_pools.h
//
// `_cat/thread_pool`: the thread pools of every node. Threads: Add… before the server starts.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatThreadPoolRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
