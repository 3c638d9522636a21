#include "rest/routes/cat_nodes.h"

#include <algorithm>

#include "rest/build_info.h"
#include "rest/routes/cat_columns.h"
#include "rest/routes/cat_figures.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::node_stats::Answer;
using actions::node_stats::HostFigures;
using actions::node_stats::NodeFigures;
using base::ByteSize;
using base::Status;

namespace {

std::vector<CatColumn> NodesColumns() {
  constexpr Shown kHidden = Shown::kIfAsked;
  std::vector<CatColumn> columns = {
      Left("id", "id,nodeId", "unique node id", kHidden),
      Left("pid", "p", "process id", kHidden),
      Left("ip", "i", "ip address"),
      Left("port", "po", "bound transport port", kHidden),
      Left("http_address", "http", "bound http address", kHidden),
      Left("version", "v", "os version", kHidden),
      Left("type", "t", "os distribution type", kHidden),
      Left("build", "b", "os build hash", kHidden),
      Left("jdk", "j", "jdk version", kHidden),
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
  std::ranges::move(NodeFigureColumns(), std::back_inserter(columns));
  return columns;
}

std::string ShownId(const cluster::NodeInfo& info, bool full_id) {
  return full_id ? info.id : info.id.substr(0, 4);
}

// There is no heap: the process and the machine's memory stand in its place, as what operators look
// at there is how full it is. `figures` is null for a node that has been silent.
CatTable::Row NodeRow(const cluster::NodeInfo& info, const cluster::ClusterState& state,
                      const NodeFigures* figures, bool full_id) {
  static const HostFigures none;
  const HostFigures& host = figures ? figures->host : none;
  const auto figure = [figures](CatCell cell) { return figures ? std::move(cell) : CatCell(); };
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : 100 * part / whole;
  };
  const std::int64_t disk_used = host.disk_total - host.disk_available;
  const double disk_percent = host.disk_total == 0 ? 0
                                                   : 100.0 * static_cast<double>(disk_used) /
                                                         static_cast<double>(host.disk_total);
  std::string roles;
  for (const std::string& role : info.roles) roles += (roles.empty() ? "" : ",") + role;
  CatTable::Row row = {ShownId(info, full_id),
                       figure(host.pid),
                       info.ip,
                       PortOf(info),
                       info.http_address,
                       std::string(build::kVersion),
                       std::string(build::kType),
                       std::string(build::Hash()),
                       CatCell(),
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
  std::ranges::move(NodeFigureCells(figures ? &figures->shards : nullptr), std::back_inserter(row));
  return row;
}

Status CatNodes(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  ASSIGN_OR_RETURN(const bool full_id, request->Bool("full_id"));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  if (request->Has("local")) {
    AddDeprecation(*request,
                   "Deprecated parameter [local] used. This parameter does not cause this API to "
                   "act locally, and should not be used. It will be unsupported in version 8.0.");
  }
  RETURN_IF_ERROR(request->Bool("local").status());
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, {}, "NodesInfoRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(NodesColumns()).RespondHelp(request), Status();
  question.parts = {.host = true, .shards = true};
  Ask(node, std::move(question), [request, options, full_id](const base::Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    CatTable table(NodesColumns());
    for (const auto& [id, info] : answer->state->nodes) {
      const auto found = answer->figures.find(id);
      table.Add(NodeRow(info, *answer->state,
                        found == answer->figures.end() ? nullptr : &found->second, full_id));
    }
    table.Respond(request, options);
  });
  return {};
}

Status CatManager(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  CatTable table({Left("id", "", "node id"), Left("host", "h", "host name"),
                  Left("ip", "", "ip address "), Left("node", "n", "node name")});
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

std::vector<CatColumn> AttributeColumns() {
  constexpr Shown kHidden = Shown::kIfAsked;
  return {Left("node", "name", "node name"),
          Left("id", "id,nodeId", "unique node id", kHidden),
          Left("pid", "p", "process id", kHidden),
          Left("host", "h", "host name"),
          Left("ip", "i", "ip address"),
          Left("port", "po", "bound transport port", kHidden),
          Left("attr", "attr.name", "attribute description"),
          Left("value", "attr.value", "attribute value")};
}

Status CatAttributes(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  ASSIGN_OR_RETURN(const bool full_id, request->Bool("full_id"));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, {}, "NodesInfoRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(AttributeColumns()).RespondHelp(request), Status();
  question.about = actions::node_stats::About::kInfo;
  question.parts.host = true;
  Ask(node, std::move(question), [request, options, full_id](const base::Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    CatTable table(AttributeColumns());
    for (const auto& [id, info] : answer->state->nodes) {
      const auto found = answer->figures.find(id);
      const auto pid = found == answer->figures.end() ? CatCell() : CatCell(found->second.host.pid);
      for (const auto& [attribute, value] : info.attributes) {
        table.Add({info.name, ShownId(info, full_id), pid, info.host, info.ip, PortOf(info),
                   attribute, value});
      }
    }
    table.Respond(request, options);
  });
  return {};
}

}  // namespace

std::string PortOf(const cluster::NodeInfo& info) {
  return info.transport_address.substr(info.transport_address.rfind(':') + 1);
}

std::string RoleLetters(const std::vector<std::string>& roles) {
  std::string letters;
  for (const std::string& role : roles) letters += role == "cluster_manager" ? 'm' : role.front();
  std::ranges::sort(letters);
  return letters.empty() ? "-" : letters;
}

void AddCatNodeRoutes(Router& router, actions::Node& node) {
  using Table = Status (*)(actions::Node&, const RequestPtr&);
  const auto add = [&](const char* pattern, Table table) {
    router.Add("GET", pattern,
               [&node, table](const RequestPtr& request) { return table(node, request); });
  };
  add("/_cat/nodes", CatNodes);
  add("/_cat/nodeattrs", CatAttributes);
  add("/_cat/cluster_manager", CatManager);
  router.Add("GET", "/_cat/master", [&node](const RequestPtr& request) {
    AddDeprecation(*request,
                   "[GET /_cat/master] is deprecated! Use [GET /_cat/cluster_manager] instead.");
    return CatManager(node, request);
  });
}

}  // namespace rest::routes
