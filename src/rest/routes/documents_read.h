// rest/routes/documents_read.h
//
// GET and HEAD /{index}/_doc/{id} and /{index}/_source/{id}, _mget. Threads: Add… before the server
// starts.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddDocumentReadRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
