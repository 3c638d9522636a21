#include "server/register.h"

#include "actions/bulk/bulk.h"
#include "actions/bulk/service.h"
#include "actions/get/get.h"
#include "actions/hot_threads/hot_threads.h"
#include "actions/index_stats/shard_stats.h"
#include "actions/indices/indices.h"
#include "actions/node_stats/ask.h"
#include "actions/state_ack.h"
#include "actions/tasks_cancel/cancel.h"
#include "actions/tasks_cancel/rethrottle.h"
#include "actions/tasks_get/get.h"
#include "actions/tasks_history/history.h"
#include "actions/tasks_list/list.h"
#include "actions/tasks_stream/feed.h"
#include "rest/routes/aliases.h"
#include "rest/routes/bulk.h"
#include "rest/routes/cat.h"
#include "rest/routes/cluster.h"
#include "rest/routes/documents_read.h"
#include "rest/routes/documents_write.h"
#include "rest/routes/indices.h"
#include "rest/routes/long_requests.h"
#include "rest/routes/nodes.h"
#include "rest/routes/not_built.h"
#include "rest/routes/root.h"
#include "rest/routes/tasks.h"
#include "rest/routes/templates.h"

namespace server {

void RegisterActions(actions::Node& node, const rest::http::Server& http,
                     const rest::Router& router) {
  actions::RegisterStateAck(node);
  actions::bulk::Register(node);
  actions::get::Register(node);
  actions::index_stats::Register(node);
  actions::indices::Register(node);
  actions::hot_threads::Register(node);
  actions::node_stats::Register(
      node,
      [&http] {
        const rest::http::ServerStats stats = http.stats();
        return actions::node_stats::Connections{
            .current_open = static_cast<std::int64_t>(stats.current_open),
            .total_opened = static_cast<std::int64_t>(stats.total_opened)};
      },
      [&router, since = node.clock.WallMillis()] {
        return actions::node_stats::Usage{.since_millis = since, .rest_actions = router.Usage()};
      });
  actions::tasks_list::Register(node);
  actions::tasks_get::Register(node);
  actions::tasks_history::Register(node);
  actions::tasks_cancel::Register(node);
  actions::tasks_cancel::RegisterRethrottle(node);
  node.stream.Use(node);
}

void AddRoutes(rest::Router& router, actions::Node& node) {
  router.RunWith(rest::routes::RunLongRequestsElsewhere(node));
  const auto writes = std::make_shared<actions::bulk::Service>(node);
  rest::routes::AddBulkRoutes(router, writes);
  rest::routes::AddDocumentWriteRoutes(router, writes);
  rest::routes::AddDocumentReadRoutes(router, node);
  rest::routes::AddIndexRoutes(router, node);
  rest::routes::AddAliasRoutes(router, node);
  rest::routes::AddTemplateRoutes(router, node);
  rest::routes::AddSimulateTemplateRoutes(router, node);
  rest::routes::AddIndexSettingsRoutes(router, node);
  rest::routes::AddIndexStateRoutes(router, node);
  rest::routes::AddIndexWorkRoutes(router, node);
  rest::routes::AddIndexStatsRoutes(router, node);
  rest::routes::AddFieldMappingRoutes(router, node);
  rest::routes::AddResolveIndexRoute(router, node);
  rest::routes::AddTaskRoutes(router, node);
  rest::routes::AddRootRoute(router, node);
  rest::routes::AddClusterRoutes(router, node);
  rest::routes::AddNodeRoutes(router, node);
  rest::routes::AddCatRoutes(router, node);
  rest::routes::AddNotBuiltRoutes(router);
}

}  // namespace server
