#include "rest/routes/cat.h"

#include <algorithm>

#include "actions/cluster_health/health.h"
#include "actions/index_stats/shard_stats.h"
#include "actions/indices/indices.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/cat_columns.h"
#include "rest/routes/cat_figures.h"
#include "rest/routes/cat_metadata.h"
#include "rest/routes/cat_nodes.h"
#include "rest/routes/cat_shards.h"
#include "rest/routes/cat_tasks.h"
#include "rest/routes/cat_thread_pools.h"
#include "rest/routes/indices.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

namespace health = actions::cluster_health;
using actions::index_stats::ShardStats;
using base::ByteSize;
using base::Result;
using base::Status;

namespace {

const CatColumn kEpoch = Left("epoch", "t,time", "seconds since 1970-01-01 00:00:00");
const CatColumn kTimestamp = Left("timestamp", "ts,hms,hhmmss", "time in HH:MM:SS");

std::vector<CatColumn> HealthColumns() {
  return {kEpoch,
          kTimestamp,
          Left("cluster", "cl", "cluster name"),
          Left("status", "st", "health status"),
          Right("node.total", "nt,nodeTotal", "total number of nodes"),
          Right("node.data", "nd,nodeData", "number of nodes that can store data"),
          Right("discovered_cluster_manager", "dcm,dm,discovered_master",
                "cluster manager is discovered or not"),
          Right("shards", "t,sh,shards.total,shardsTotal", "total number of shards"),
          Right("pri", "p,shards.primary,shardsPrimary", "number of primary shards"),
          Right("relo", "r,shards.relocating,shardsRelocating", "number of relocating nodes"),
          Right("init", "i,shards.initializing,shardsInitializing", "number of initializing nodes"),
          Right("unassign", "u,shards.unassigned,shardsUnassigned", "number of unassigned shards"),
          Right("pending_tasks", "pt,pendingTasks", "number of pending tasks"),
          Right("max_task_wait_time", "mtwt,maxTaskWaitTime", "wait time of longest task pending"),
          Right("active_shards_percent", "asp,activeShardsPercent",
                "active number of shards in percent")};
}

Status CatHealth(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table(HealthColumns());
  if (options.help) return table.RespondHelp(request), Status();
  const cluster::StatePtr state = node.cluster.state();
  std::vector<std::string> names;
  for (const auto& entry : state->indices) names.push_back(entry.first);
  const health::Health found = health::HealthOf(node, names);
  const std::int64_t now = node.clock.WallMillis();
  table.Add({now / 1000, ClockTime(now), state->cluster_name, std::string(ColorName(found.color)),
             std::int64_t{found.nodes}, std::int64_t{found.data_nodes},
             found.has_manager ? "true" : "false", std::int64_t{found.active},
             std::int64_t{found.active_primaries}, std::int64_t{0}, std::int64_t{0},
             std::int64_t{found.unassigned}, std::int64_t{0}, "-",
             Decimals(found.active_percent, 1) + "%"});
  request->MustAnswer();
  table.Respond(request, options);
  return {};
}

std::vector<CatColumn> IndicesColumns() {
  std::vector<CatColumn> columns = {
      Left("health", "h", "current health status"),
      Left("status", "s", "open/close status"),
      Left("index", "i,idx", "index name"),
      Left("uuid", "id,uuid", "index uuid"),
      Right("pri", "p,shards.primary,shardsPrimary", "number of primary shards"),
      Right("rep", "r,shards.replica,shardsReplica", "number of replica shards"),
      Right("docs.count", "dc,docsCount", "available docs"),
      Right("docs.deleted", "dd,docsDeleted", "deleted docs"),
      Left("creation.date", "cd", "index creation date (millisecond value)", Shown::kIfAsked),
      Left("creation.date.string", "cds", "index creation date (as string)", Shown::kIfAsked),
      Right("store.size", "ss,storeSize", "store size of primaries & replicas"),
      Right("pri.store.size", "", "store size of primaries")};
  std::ranges::move(IndexFigureColumns(), std::back_inserter(columns));
  return columns;
}

void AddIndex(const health::IndexHealth& of, const ShardStats& stats, CatTable& table) {
  const cluster::IndexPtr index = stats.state->FindIndex(of.name);
  if (index == nullptr) return;
  actions::index_stats::ShardFigures sum;
  bool any = false;
  for (int shard = 0; shard < index->number_of_shards; ++shard) {
    const auto* figures = stats.Find(*index, shard);
    if (figures == nullptr) continue;
    sum.Add(*figures);
    any = true;
  }
  const auto figure = [any](CatCell cell) { return any ? std::move(cell) : CatCell(); };
  CatTable::Row row = {std::string(ColorName(of.color)),
                       index->open ? "open" : "close",
                       of.name,
                       index->uuid,
                       std::int64_t{of.shards},
                       std::int64_t{of.replicas},
                       figure(sum.documents),
                       figure(sum.deleted),
                       index->creation_millis,
                       base::IsoUtcMillis(index->creation_millis),
                       figure(ByteSize(sum.bytes)),
                       figure(ByteSize(sum.bytes))};
  std::ranges::move(IndexFigureCells(any ? &sum : nullptr), std::back_inserter(row));
  table.Add(std::move(row));
}

Status CatIndices(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  const std::string color = request->String("health");
  if (!color.empty() && color != "green" && color != "yellow" && color != "red") {
    return base::IllegalArgument("unknown cluster health status [" + color + "]");
  }
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(request->Bool("include_unloaded_segments").status());
  ASSIGN_OR_RETURN(const auto names, ResolveIndexParam(*request, node, {.expand_closed = true},
                                                       SystemIndices::kSilent));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(IndicesColumns()).RespondHelp(request), Status();
  actions::index_stats::Ask(
      node, names, OriginOf(request->head()),
      [&node, names, color, request, options](const Result<ShardStats>& stats) {
        if (!stats.ok()) return request->Fail(stats.status());
        CatTable table(IndicesColumns());
        const auto found = health::HealthOf(node, names);
        for (const health::IndexHealth& index : found.indices) {
          if (color.empty() || ColorName(index.color) == color) AddIndex(index, *stats, table);
        }
        table.Respond(request, options);
      });
  return {};
}

Status CatCount(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  ASSIGN_OR_RETURN(auto names, ResolveIndices(*request, node, {.forbid_closed = true}));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const auto table = std::make_shared<CatTable>(std::vector<CatColumn>{
      kEpoch, kTimestamp, Left("count", "dc,docs.count,docsCount", "the document count")});
  if (options.help) return table->RespondHelp(request), Status();
  ASSIGN_OR_RETURN(auto task, AnnounceOnIndices(node, actions::names::kSearch)(*request));
  StopWhenGone(request, task.context());
  actions::indices::Count(
      node, std::move(task), std::move(names),
      [table, request, options, &node](Result<actions::indices::ShardsAnswer> counted) {
        if (!counted.ok()) return request->Fail(counted.status());
        const std::int64_t now = node.clock.WallMillis();
        table->Add({now / 1000, ClockTime(now), counted->count});
        table->Respond(request, options);
      });
  return {};
}

Status CatList(const RequestPtr& request) {
  RETURN_IF_ERROR(request->CheckUnconsumed());
  request->RespondText(200,
                       "=^.^=\n/_cat/allocation\n/_cat/shards\n/_cat/shards/{index}\n"
                       "/_cat/cluster_manager\n/_cat/nodes\n/_cat/tasks\n/_cat/indices\n"
                       "/_cat/indices/{index}\n/_cat/count\n/_cat/count/{index}\n/_cat/health\n"
                       "/_cat/pending_tasks\n/_cat/aliases\n/_cat/aliases/{alias}\n"
                       "/_cat/thread_pool\n/_cat/thread_pool/{thread_pools}\n"
                       "/_cat/plugins\n/_cat/fielddata\n/_cat/fielddata/{fields}\n"
                       "/_cat/nodeattrs\n/_cat/templates\n");
  return {};
}

}  // namespace

void AddCatRoutes(Router& router, actions::Node& node) {
  using Table = Status (*)(actions::Node&, const RequestPtr&);
  const auto add = [&](const char* pattern, Table table) {
    router.Add("GET", pattern,
               [&node, table](const RequestPtr& request) { return table(node, request); });
  };
  router.Add("GET", "/_cat", CatList);
  add("/_cat/health", CatHealth);
  add("/_cat/indices", CatIndices);
  add("/_cat/indices/{index}", CatIndices);
  add("/_cat/count", CatCount);
  add("/_cat/count/{index}", CatCount);
  AddCatNodeRoutes(router, node);
  AddCatShardRoutes(router, node);
  AddCatMetadataRoutes(router, node);
  AddCatTasksRoute(router, node);
  AddCatThreadPoolRoutes(router, node);
}

}  // namespace rest::routes
