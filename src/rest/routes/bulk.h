// rest/routes/bulk.h
//
// POST and PUT /_bulk and /{index}/_bulk. Threads: AddBulkRoutes() before the server starts.

#pragma once

#include "actions/bulk/service.h"
#include "rest/router.h"

namespace rest::routes {

void AddBulkRoutes(Router& router, actions::Node& node);
// With the service given, which other routes may share.
void AddBulkRoutes(Router& router, std::shared_ptr<actions::bulk::Service> service);

}  // namespace rest::routes
