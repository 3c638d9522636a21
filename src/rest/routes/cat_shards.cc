#include "rest/routes/cat_shards.h"

#include <algorithm>

#include "actions/cluster_health/copies.h"
#include "actions/index_stats/shard_stats.h"
#include "rest/origin.h"
#include "rest/routes/cat_columns.h"
#include "rest/routes/cat_figures.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::cluster_health::CopiesOf;
using actions::cluster_health::ShardCopy;
using actions::index_stats::ShardStats;
using base::ByteSize;
using base::Result;
using base::Status;

namespace {

std::vector<CatColumn> ShardColumns() {
  constexpr Shown kHidden = Shown::kIfAsked;
  std::vector<CatColumn> columns = {
      Left("index", "i,idx", "index name"),
      Left("shard", "s,sh", "shard name"),
      Left("prirep", "p,pr,primaryOrReplica", "primary or replica"),
      Left("state", "st", "shard state"),
      Right("docs", "d,dc", "number of docs in shard"),
      Right("store", "sto", "store size of shard (how much disk it uses)"),
      Left("ip", "", "ip of node where it lives"),
      Left("id", "", "unique id of node where it lives", kHidden),
      Left("node", "n", "name of node where it lives"),
      Left("sync_id", "sync_id", "sync id", kHidden),
      Left("unassigned.reason", "ur", "reason shard is unassigned", kHidden),
      Left("unassigned.at", "ua", "time shard became unassigned (UTC)", kHidden),
      Right("unassigned.for", "uf", "time has been unassigned", kHidden),
      Left("unassigned.details", "ud", "additional details as to why the shard became unassigned",
           kHidden),
      Left("recoverysource.type", "rs", "recovery source type", kHidden)};
  std::ranges::move(ShardFigureColumns(), std::back_inserter(columns));
  return columns;
}

// "opensearch-node1", or "opensearch-node1 -> 127.0.0.1 K8iy… opensearch-node2" if it moves there.
std::string NodeAndTarget(const cluster::ClusterState& state, const cluster::NodeInfo& node,
                          const ShardCopy& copy) {
  const auto target = state.nodes.find(copy.target_id);
  if (target == state.nodes.end()) return node.name;
  return node.name + " -> " + target->second.ip + " " + target->first + " " + target->second.name;
}

std::string RecoverySource(const ShardCopy& copy) {
  if (!copy.primary) return "peer";
  return copy.never_placed() ? "empty_store" : "existing_store";
}

CatTable::Row ShardRow(const cluster::IndexMetadata& index, const ShardCopy& copy,
                       const ShardStats& stats, std::int64_t now) {
  const auto node = stats.state->nodes.find(copy.node_id);
  const bool there = copy.assigned() && node != stats.state->nodes.end();
  const auto* const figures = there ? stats.Find(index, copy.shard) : nullptr;
  const auto of_node = [&](const std::string cluster::NodeInfo::* member) {
    return there ? CatCell(node->second.*member) : CatCell();
  };
  const auto unassigned = [&](bool known, CatCell cell) {
    return !copy.assigned() && known ? std::move(cell) : CatCell();
  };
  const std::int64_t since = copy.unassigned_at_millis;
  CatTable::Row row = {index.name,
                       std::to_string(copy.shard),
                       copy.primary ? "p" : "r",
                       std::string(copy.state()),
                       figures ? CatCell(figures->documents) : CatCell(),
                       figures ? CatCell(ByteSize(figures->bytes)) : CatCell(),
                       of_node(&cluster::NodeInfo::ip),
                       of_node(&cluster::NodeInfo::id),
                       there ? CatCell(NodeAndTarget(*stats.state, node->second, copy)) : CatCell(),
                       CatCell(),
                       unassigned(true, std::string(copy.unassigned_because)),
                       unassigned(since > 0, base::IsoUtcMillis(since)),
                       unassigned(since > 0, base::TimeValue::Millis(now - since)),
                       unassigned(!copy.unassigned_details.empty(), copy.unassigned_details),
                       unassigned(true, RecoverySource(copy))};
  std::ranges::move(ShardFigureCells(figures), std::back_inserter(row));
  return row;
}

Status CatShards(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  request->AlsoKnows({"cancel_after_time_interval"});
  const bool all = !request->Has("index");
  const cluster::IndexOptions indices{
      .expand_closed = all, .expand_hidden = all, .forbid_closed = !all};
  ASSIGN_OR_RETURN(auto names, ResolveIndices(*request, node, indices, SystemIndices::kSilent));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(ShardColumns()).RespondHelp(request), Status();
  actions::index_stats::Ask(
      node, names, OriginOf(request->head()),
      [&node, names, request, options](const Result<ShardStats>& stats) {
        if (!stats.ok()) return request->Fail(stats.status());
        CatTable table(ShardColumns());
        const std::int64_t now = node.clock.WallMillis();
        for (const std::string& name : names) {
          const cluster::IndexPtr index = stats->state->FindIndex(name);
          if (index == nullptr) continue;
          for (const ShardCopy& copy : CopiesOf(node, *stats->state, *index)) {
            table.Add(ShardRow(*index, copy, *stats, now));
          }
        }
        table.Respond(request, options);
      });
  return {};
}

std::vector<CatColumn> AllocationColumns() {
  return {Right("shards", "s", "number of shards on node"),
          Right("disk.indices", "di,diskIndices", "disk used by OpenSearch indices"),
          Right("disk.used", "du,diskUsed", "disk used (total, not just OpenSearch)"),
          Right("disk.avail", "da,diskAvail", "disk available"),
          Right("disk.total", "dt,diskTotal", "total capacity of all volumes"),
          Right("disk.percent", "dp,diskPercent", "percent disk used"),
          Left("host", "h", "host of node"),
          Left("ip", "", "ip of node"),
          Left("node", "n", "name of node")};
}

// How many copies are where; the unassigned ones under no name.
std::map<std::string, std::int64_t> CountCopies(const actions::Node& node,
                                                const cluster::ClusterState& state) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [name, index] : state.indices) {
    for (const ShardCopy& copy : CopiesOf(node, state, *index)) ++counts[copy.node_id];
  }
  return counts;
}

CatTable::Row AllocationRow(const cluster::NodeInfo& info,
                            const actions::node_stats::NodeFigures* figures, std::int64_t shards) {
  if (figures == nullptr)
    return {shards,    CatCell(), CatCell(), CatCell(), CatCell(),
            CatCell(), info.host, info.ip,   info.name};
  const auto& host = figures->host;
  const std::int64_t used = host.disk_total - host.disk_available;
  const std::int64_t percent = host.disk_total == 0 ? 0 : 100 * used / host.disk_total;
  return {shards,
          ByteSize(figures->shards.bytes),
          ByteSize(used),
          ByteSize(host.disk_available),
          ByteSize(host.disk_total),
          percent,
          info.host,
          info.ip,
          info.name};
}

Status CatAllocation(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const CatOptions options, CatOptions::Read(*request));
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->Bool("local").status());
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, request->List("node_id"),
                                                "NodesStatsRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (options.help) return CatTable(AllocationColumns()).RespondHelp(request), Status();
  question.parts = {.host = true, .shards = true};
  const std::vector<std::string> ids = question.nodes;
  Ask(node, std::move(question),
      [&node, ids, request, options](const Result<actions::node_stats::Answer>& answer) {
        if (!answer.ok()) return request->Fail(answer.status());
        CatTable table(AllocationColumns());
        auto counts = CountCopies(node, *answer->state);
        for (const std::string& id : ids) {
          const auto info = answer->state->nodes.find(id);
          if (info == answer->state->nodes.end() || !info->second.HasRole("data")) continue;
          const auto found = answer->figures.find(id);
          table.Add(AllocationRow(
              info->second, found == answer->figures.end() ? nullptr : &found->second, counts[id]));
        }
        if (const std::int64_t lost = counts[""]; lost > 0) {
          table.Add({lost, CatCell(), CatCell(), CatCell(), CatCell(), CatCell(), CatCell(),
                     CatCell(), "UNASSIGNED"});
        }
        table.Respond(request, options);
      });
  return {};
}

}  // namespace

void AddCatShardRoutes(Router& router, actions::Node& node) {
  using Table = Status (*)(actions::Node&, const RequestPtr&);
  const auto add = [&](const char* pattern, Table table) {
    router.Add("GET", pattern,
               [&node, table](const RequestPtr& request) { return table(node, request); });
  };
  add("/_cat/shards", CatShards);
  add("/_cat/shards/{index}", CatShards);
  add("/_cat/allocation", CatAllocation);
  add("/_cat/allocation/{node_id}", CatAllocation);
}

}  // namespace rest::routes
