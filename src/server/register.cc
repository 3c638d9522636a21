#include "server/register.h"

#include "actions/bulk/bulk.h"
#include "actions/bulk/service.h"
#include "actions/get/get.h"
#include "actions/indices/indices.h"
#include "actions/tasks_cancel/cancel.h"
#include "actions/tasks_cancel/rethrottle.h"
#include "actions/tasks_get/get.h"
#include "actions/tasks_list/list.h"
#include "rest/routes/bulk.h"
#include "rest/routes/cat.h"
#include "rest/routes/cluster.h"
#include "rest/routes/documents_read.h"
#include "rest/routes/documents_write.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "rest/routes/root.h"
#include "rest/routes/tasks.h"

namespace server {

void RegisterActions(actions::Node& node) {
  actions::bulk::Register(node);
  actions::get::Register(node);
  actions::indices::Register(node);
  actions::tasks_list::Register(node);
  actions::tasks_get::Register(node);
  actions::tasks_cancel::Register(node);
  actions::tasks_cancel::RegisterRethrottle(node);
}

void AddRoutes(rest::Router& router, actions::Node& node, const rest::http::Server& http) {
  const auto writes = std::make_shared<actions::bulk::Service>(node);
  rest::routes::AddBulkRoutes(router, writes);
  rest::routes::AddDocumentWriteRoutes(router, writes);
  rest::routes::AddDocumentReadRoutes(router, node);
  rest::routes::AddIndexRoutes(router, node);
  rest::routes::AddIndexSettingsRoutes(router, node);
  rest::routes::AddIndexWorkRoutes(router, node);
  rest::routes::AddTaskRoutes(router, node);
  rest::routes::AddRootRoute(router, node);
  rest::routes::AddClusterRoutes(router, node);
  rest::routes::AddNodeRoutes(router, node, http);
  rest::routes::AddCatRoutes(router, node);
}

}  // namespace server
