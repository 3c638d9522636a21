#include "rest/routes/cat.h"

#include <algorithm>
#include <cstdio>

#include "actions/cluster_health/health.h"
#include "actions/indices/indices.h"
#include "actions/node_stats/host.h"
#include "actions/run_task.h"
#include "rest/build_info.h"
#include "rest/cat_table.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/cat_tasks.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

namespace health = actions::cluster_health;
using actions::node_stats::HostFigures;
using base::ByteSize;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kIndicesStats = "indices:monitor/stats";
constexpr std::string_view kNodesStats = "cluster:monitor/nodes/stats";

std::string Decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

CatColumn Right(std::string name, std::string aliases, std::string description,
                Shown shown = Shown::kAlways) {
  return {std::move(name), std::move(aliases), std::move(description), Align::kRight, shown};
}
CatColumn Left(std::string name, std::string aliases, std::string description,
               Shown shown = Shown::kAlways) {
  return {std::move(name), std::move(aliases), std::move(description), Align::kLeft, shown};
}

const CatColumn kEpoch = Left("epoch", "t,time", "seconds since 1970-01-01 00:00:00");
const CatColumn kTimestamp = Left("timestamp", "ts,hms,hhmmss", "time in HH:MM:SS");

// Fills a table on a thread of the pool, as a task of that name, and answers with it.
void RunTable(actions::Node& node, const RequestPtr& request, const CatOptions& options,
              std::string_view action, std::vector<CatColumn> columns,
              std::function<void(CatTable&)> fill) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.cancellable = false;
  spec.not_cancellable_because = kEndsAtOnce;
  spec.origin = OriginOf(request->head());
  const auto table = std::make_shared<CatTable>(std::move(columns));
  RunTask(
      node, node.pools.management, std::move(spec),
      [table, fill = std::move(fill)](tasks::TaskContext&) {
        fill(*table);
        return tasks::End();
      },
      [table, request, options](const tasks::End& end) {
        if (!end.error.ok()) return request->Fail(end.error);
        table->Respond(request, options);
      });
}

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
  table.Respond(request, options);
  return {};
}

std::vector<CatColumn> IndicesColumns() {
  return {Left("health", "h", "current health status"),
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
}

void AddIndex(const actions::Node& node, const health::IndexHealth& of, CatTable& table) {
  const cluster::IndexPtr index = node.cluster.state()->FindIndex(of.name);
  if (index == nullptr) return;
  std::int64_t documents = 0, deleted = 0, bytes = 0;
  for (const auto& shard : node.shards.OfIndex(index->uuid)) {
    documents += shard->refreshed_documents();
    deleted += shard->deleted_documents();
    bytes += static_cast<std::int64_t>(shard->store_bytes());
  }
  table.Add({std::string(ColorName(of.color)), index->open ? "open" : "close", of.name, index->uuid,
             std::int64_t{of.shards}, std::int64_t{of.replicas}, documents, deleted,
             index->creation_millis, base::IsoUtcMillis(index->creation_millis), ByteSize(bytes),
             ByteSize(bytes)});
}

Status CatIndices(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  const std::string color = request->String("health");
  if (!color.empty() && color != "green" && color != "yellow" && color != "red") {
    return base::IllegalArgument("unknown cluster health status [" + color + "]");
  }
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  request->AlsoKnows({"local", "include_unloaded_segments"});
  ASSIGN_OR_RETURN(const auto names, ResolveIndexParam(*request, node));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(IndicesColumns()).RespondHelp(request), Status();
  RunTable(node, request, options, kIndicesStats, IndicesColumns(),
           [&node, names, color](CatTable& table) {
             for (const health::IndexHealth& index : health::HealthOf(node, names).indices) {
               if (color.empty() || ColorName(index.color) == color) AddIndex(node, index, table);
             }
           });
  return {};
}

std::vector<CatColumn> NodesColumns() {
  constexpr Shown kHidden = Shown::kIfAsked;
  return {Left("id", "id,nodeId", "unique node id", kHidden),
          Left("pid", "p", "process id", kHidden),
          Left("ip", "i", "ip address"),
          Left("port", "po", "bound transport port", kHidden),
          Left("http_address", "http", "bound http address", kHidden),
          Left("version", "v", "os version", kHidden),
          Left("type", "t", "os distribution type", kHidden),
          Left("build", "b", "os build hash", kHidden),
          Right("disk.total", "dt,diskTotal", "total disk space", kHidden),
          Right("disk.used", "du,diskUsed", "used disk space", kHidden),
          Right("disk.avail", "d,da,disk,diskAvail", "available disk space", kHidden),
          Right("disk.used_percent", "dup,diskUsedPercent", "used disk space percentage", kHidden),
          Right("heap.current", "hc,heapCurrent", "used heap", kHidden),
          Right("heap.percent", "hp,heapPercent", "used heap ratio"),
          Right("heap.max", "hm,heapMax", "max configured heap", kHidden),
          Right("ram.current", "rc,ramCurrent", "used machine memory", kHidden),
          Right("ram.percent", "rp,ramPercent", "used machine memory ratio"),
          Right("ram.max", "rm,ramMax", "total machine memory", kHidden),
          Right("file_desc.current", "fdc,fileDescriptorCurrent", "used file descriptors", kHidden),
          Right("file_desc.percent", "fdp,fileDescriptorPercent", "used file descriptor ratio",
                kHidden),
          Right("file_desc.max", "fdm,fileDescriptorMax", "max file descriptors", kHidden),
          Right("cpu", "cpu", "recent cpu usage"),
          Right("load_1m", "l", "1m load avg"),
          Right("load_5m", "l", "5m load avg"),
          Right("load_15m", "l", "15m load avg"),
          Right("uptime", "u", "node uptime", kHidden),
          Left("node.role", "r,role,nodeRole",
               "m:master eligible node, d:data node, i:ingest node, -:coordinating node only"),
          Left("node.roles", "rs,all roles", " -:coordinating node only"),
          Left("cluster_manager", "cm,m,master", "*:current cluster manager"),
          Left("name", "n", "node name")};
}

// `dimr`: the first letters, sorted; the manager's is the `m` of its old name.
std::string RoleLetters(const std::vector<std::string>& roles) {
  std::string letters;
  for (const std::string& role : roles) letters += role == "cluster_manager" ? 'm' : role.front();
  std::ranges::sort(letters);
  return letters.empty() ? "-" : letters;
}

// Figures of the machine are known of this node only. There is no heap: the process and the
// machine's memory stand in its place, as what operators look at there is how full it is.
CatTable::Row NodeRow(const cluster::NodeInfo& info, const cluster::ClusterState& state,
                      const HostFigures& host, bool full_id) {
  const bool here = info.id == state.local_id;
  const auto figure = [here](CatCell cell) { return here ? std::move(cell) : CatCell(); };
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : 100 * part / whole;
  };
  const std::int64_t disk_used = host.disk_total - host.disk_available;
  const double disk_percent = host.disk_total == 0 ? 0
                                                   : 100.0 * static_cast<double>(disk_used) /
                                                         static_cast<double>(host.disk_total);
  std::string roles;
  for (const std::string& role : info.roles) roles += (roles.empty() ? "" : ",") + role;
  return {full_id ? info.id : info.id.substr(0, 4),
          figure(host.pid),
          info.ip,
          info.transport_address.substr(info.transport_address.rfind(':') + 1),
          info.http_address,
          std::string(build::kVersion),
          std::string(build::kType),
          std::string(build::Hash()),
          figure(ByteSize(host.disk_total)),
          figure(ByteSize(disk_used)),
          figure(ByteSize(host.disk_available)),
          figure(Decimals(disk_percent, 2)),
          figure(ByteSize(host.resident_bytes)),
          figure(percent(host.resident_bytes, host.memory_total)),
          figure(ByteSize(host.memory_total)),
          figure(ByteSize(host.memory_total - host.memory_free)),
          figure(std::int64_t{host.memory_used_percent()}),
          figure(ByteSize(host.memory_total)),
          figure(host.open_files),
          figure(percent(host.open_files, host.max_files)),
          figure(host.max_files),
          figure(std::int64_t{host.cpu_percent}),
          figure(Decimals(host.load[0], 2)),
          figure(Decimals(host.load[1], 2)),
          figure(Decimals(host.load[2], 2)),
          figure(base::TimeValue::Millis(host.uptime_millis)),
          RoleLetters(info.roles),
          roles.empty() ? "-" : roles,
          info.id == state.manager_id ? "*" : "-",
          info.name};
}

Status CatNodes(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  ASSIGN_OR_RETURN(const bool full_id, request->Bool("full_id"));
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  request->AlsoKnows({"local"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(NodesColumns()).RespondHelp(request), Status();
  RunTable(node, request, options, kNodesStats, NodesColumns(), [&node, full_id](CatTable& table) {
    const cluster::StatePtr state = node.cluster.state();
    const HostFigures host = actions::node_stats::ReadHost(node.settings.data_path);
    for (const auto& [id, info] : state->nodes) table.Add(NodeRow(info, *state, host, full_id));
  });
  return {};
}

Status CatCount(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node));
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

Status CatManager(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  request->AlsoKnows({"local"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Left("id", "", "node id"), Left("host", "h", "host name"),
                  Left("ip", "", "ip address"), Left("node", "n", "node name")});
  if (options.help) return table.RespondHelp(request), Status();
  const cluster::StatePtr state = node.cluster.state();
  const auto manager = state->nodes.find(state->manager_id);
  if (manager == state->nodes.end()) {
    table.Add({"-", "-", "-", "-"});
  } else {
    const cluster::NodeInfo& info = manager->second;
    table.Add({info.id, info.host, info.ip, info.name});
  }
  table.Respond(request, options);
  return {};
}

Status CatList(const RequestPtr& request) {
  RETURN_IF_ERROR(request->CheckUnconsumed());
  request->RespondText(200,
                       "=^.^=\n/_cat/cluster_manager\n/_cat/nodes\n/_cat/tasks\n/_cat/indices\n"
                       "/_cat/indices/{index}\n/_cat/count\n/_cat/count/{index}\n/_cat/health\n");
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
  add("/_cat/nodes", CatNodes);
  add("/_cat/count", CatCount);
  add("/_cat/count/{index}", CatCount);
  add("/_cat/cluster_manager", CatManager);
  add("/_cat/master", CatManager);
  AddCatTasksRoute(router, node);
}

}  // namespace rest::routes
