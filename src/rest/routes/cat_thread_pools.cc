#include "rest/routes/cat_thread_pools.h"

#include "actions/cluster_health/copies.h"
#include "base/text/strings.h"
#include "rest/routes/cat_columns.h"
#include "rest/routes/cat_nodes.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::cluster_health::StableId;
using actions::node_stats::Answer;
using actions::node_stats::NodeFigures;
using actions::node_stats::PoolFigures;
using base::Status;
using base::TimeValue;

namespace {

std::vector<CatColumn> Columns() {
  constexpr Shown kHidden = Shown::kIfAsked;
  return {Left("node_name", "nn", "node name"),
          Left("node_id", "id", "persistent node id", kHidden),
          Left("ephemeral_node_id", "eid", "ephemeral node id", kHidden),
          Left("pid", "p", "process id", kHidden),
          Left("host", "h", "host name", kHidden),
          Left("ip", "i", "ip address", kHidden),
          Left("port", "po", "bound transport port", kHidden),
          Left("name", "n", "thread pool name"),
          Left("type", "t", "thread pool type", kHidden),
          Right("active", "a", "number of active threads"),
          Right("pool_size", "psz", "number of threads", kHidden),
          Right("queue", "q", "number of tasks currently in queue"),
          Right("queue_size", "qs", "maximum number of tasks permitted in queue", kHidden),
          Right("rejected", "r", "number of rejected tasks"),
          Right("largest", "l", "highest number of seen active threads", kHidden),
          Right("completed", "c", "number of completed tasks", kHidden),
          Right("total_wait_time", "twt", "total time tasks spent waiting in thread_pool queue",
                kHidden),
          Right("core", "cr", "core number of threads in a scaling thread pool", kHidden),
          Right("max", "mx", "maximum number of threads in a scaling thread pool", kHidden),
          Right("size", "sz", "number of threads in a fixed thread pool", kHidden),
          Right("keep_alive", "ka", "thread keep alive time", kHidden)};
}

CatTable::Row PoolRow(const cluster::NodeInfo& info, const NodeFigures& figures,
                      const PoolFigures& pool) {
  const auto if_scaling = [&](CatCell cell) { return pool.scaling ? std::move(cell) : CatCell(); };
  return {info.name,
          info.id,
          StableId(info.id + std::to_string(info.incarnation)),
          figures.host.pid,
          info.host,
          info.ip,
          PortOf(info),
          pool.name,
          pool.scaling ? "scaling" : "fixed",
          pool.active,
          pool.threads,
          pool.queue,
          pool.max_queue,
          pool.rejected,
          pool.largest,
          pool.completed,
          TimeValue::Millis(-1),  // not measured
          if_scaling(std::int64_t{0}),
          if_scaling(pool.max_threads),
          pool.scaling ? CatCell() : CatCell(pool.threads),
          if_scaling(std::string(kPoolKeepAlive))};
}

Status CatThreadPools(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  std::vector<std::string> patterns = {"*"};
  if (request->Has("thread_pool_patterns")) patterns = request->List("thread_pool_patterns");
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, {}, "NodesInfoRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(Columns()).RespondHelp(request), Status();
  question.parts.host = true;
  Ask(node, std::move(question), [request, options, patterns](const base::Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    CatTable table(Columns());
    for (const auto& [id, info] : answer->state->nodes) {
      const auto figures = answer->figures.find(id);
      if (figures == answer->figures.end()) continue;  // it has been silent
      for (const PoolFigures& pool : figures->second.pools) {
        if (base::GlobMatchAny(patterns, pool.name))
          table.Add(PoolRow(info, figures->second, pool));
      }
    }
    table.Respond(request, options);
  });
  return {};
}

}  // namespace

void AddCatThreadPoolRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_cat/thread_pool", "/_cat/thread_pool/{thread_pool_patterns}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return CatThreadPools(node, request); });
  }
}

}  // namespace rest::routes
