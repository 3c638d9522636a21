#include "server/register.h"

#include "actions/bulk/bulk.h"
#include "actions/get/get.h"
#include "actions/indices/indices.h"
#include "rest/routes/bulk.h"
#include "rest/routes/documents_read.h"
#include "rest/routes/documents_write.h"
#include "rest/routes/indices.h"

namespace server {

void RegisterActions(actions::Node& node) {
  actions::bulk::Register(node);
  actions::get::Register(node);
  actions::indices::Register(node);
}

void AddRoutes(rest::Router& router, actions::Node& node, const rest::http::Server& http) {
  static_cast<void>(http);
  const auto writes = std::make_shared<actions::bulk::Service>(node);
  rest::routes::AddBulkRoutes(router, writes);
  rest::routes::AddDocumentWriteRoutes(router, writes);
  rest::routes::AddDocumentReadRoutes(router, node);
  rest::routes::AddIndexRoutes(router, node);
  rest::routes::AddIndexSettingsRoutes(router, node);
  rest::routes::AddIndexWorkRoutes(router, node);
}

}  // namespace server
