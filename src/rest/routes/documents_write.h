// rest/routes/documents_write.h
//
// Writing single documents: /{index}/_doc, /{index}/_create/{id}, /{index}/_update/{id}.
// Threads: AddDocumentWriteRoutes() before the server starts.

#pragma once

#include "actions/bulk/service.h"
#include "rest/router.h"

namespace rest::routes {

void AddDocumentWriteRoutes(Router& router, actions::Node& node);
// With the service given, which other routes may share.
void AddDocumentWriteRoutes(Router& router, std::shared_ptr<actions::bulk::Service> service);

}  // namespace rest::routes
