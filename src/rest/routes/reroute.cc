#include "rest/routes/reroute.h"

#include <algorithm>

#include "actions/reroute/reroute.h"
#include "base/json/tree.h"
#include "cluster/allocation.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_state.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/hand_over.h"
#include "rest/routes/indices.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

namespace reroute = actions::reroute;
using base::Result;
using base::Status;
using base::json::Writer;

namespace {

// All but the metadata, unless the request names the metrics.
std::set<std::string> MetricsOf(Request& request) {
  if (!request.Has("metric")) {
    return {"version", "master_node",   "cluster_manager_node", "blocks",
            "nodes",   "routing_table", "routing_nodes"};
  }
  const std::vector<std::string> named = request.List("metric");
  if (std::ranges::count(named, "_all") > 0) return {};
  std::set<std::string> metrics(named.begin(), named.end());
  metrics.insert("none");  // so that it is not empty
  return metrics;
}

void WriteExplanation(Writer& out, const reroute::Explanation& explanation) {
  const reroute::Command& command = explanation.command;
  const std::string name(reroute::NameOf(command.kind));
  out.BeginObject();
  out.Field("command", name);
  out.ObjectField("parameters");
  out.Field("index", command.index);
  out.Field("shard", command.shard);
  out.Field("node", command.node);
  out.Field("accept_data_loss", command.accept_data_loss);
  out.EndObject();
  out.ArrayField("decisions");
  out.BeginObject();
  out.Field("decider", name + " (allocation command)");
  out.Field("decision", explanation.carried_out ? "YES" : "NO");
  out.Field("explanation", explanation.why);
  out.EndObject();
  out.EndArray();
  out.EndObject();
}

Status WriteRerouted(Writer& out, const actions::Node& node, const reroute::Rerouted& rerouted,
                     const std::set<std::string>& metrics, bool explain) {
  out.BeginObject();
  out.Field("acknowledged", rerouted.acknowledged.by_all);
  out.ObjectField("state");
  RETURN_IF_ERROR(WriteState(out, node, *node.cluster.state(), metrics));
  out.EndObject();
  if (explain) {
    out.ArrayField("explanations");
    for (const reroute::Explanation& explanation : rerouted.explanations)
      WriteExplanation(out, explanation);
    out.EndArray();
  }
  out.EndObject();
  return {};
}

Status PostReroute(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const bool dry_run, request->Bool("dry_run"));
  ASSIGN_OR_RETURN(const bool explain, request->Bool("explain"));
  RETURN_IF_ERROR(request->Bool("retry_failed").status());
  WarnOfMasterMetric(*request);
  const std::set<std::string> metrics = MetricsOf(*request);
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const auto commands = std::make_shared<std::vector<reroute::Command>>();
  HandOver(
      node, request,
      [request, commands](const tasks::TaskContext& task) -> Status {
        ASSIGN_OR_RETURN(*commands, reroute::ParseCommands(task, request->body()));
        return {};
      },
      [&node, request, commands, dry_run, explain, metrics](tasks::RunningTask task) {
        reroute::Run(node, std::move(task), std::move(*commands),
                     {.dry_run = dry_run, .explain = explain},
                     [&node, request, metrics, explain](const Result<reroute::Rerouted>& done) {
                       if (!done.ok()) return request->Fail(done.status());
                       const Status composed = request->Compose(200, [&](Writer& out) {
                         return WriteRerouted(out, node, *done, metrics, explain);
                       });
                       composed.ok() ? request->SendComposed() : request->Fail(composed);
                     });
      });
  return {};
}

Result<std::optional<reroute::Asked>> ReadQuestion(const tasks::TaskContext& task,
                                                   const std::string& body) {
  if (body.empty()) return std::optional<reroute::Asked>();
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, body));
  reroute::Asked asked;
  bool has_shard = false, has_primary = false;
  for (const base::json::Member& field : document.root().members()) {
    if (field.key == "index") {
      asked.index = field.value->text();
    } else if (field.key == "shard") {
      ASSIGN_OR_RETURN(const std::int64_t shard, field.value->AsInt64());
      asked.shard = shard < 0 || shard > 1 << 20 ? -1 : static_cast<int>(shard);
      has_shard = true;
    } else if (field.key == "primary") {
      ASSIGN_OR_RETURN(asked.primary, field.value->AsBool());
      has_primary = true;
    } else if (field.key != "current_node") {
      return Status(400, "x_content_parse_exception",
                    "[cluster/allocation/explain] unknown field [" + std::string(field.key) + "]");
    }
  }
  if (asked.index.empty() && !has_shard && !has_primary) return std::optional<reroute::Asked>();
  if (asked.index.empty()) return base::ValidationFailed("index must be specified");
  if (!has_shard) return base::ValidationFailed("shard must be specified");
  if (!has_primary) return base::ValidationFailed("primary must be specified");
  return std::optional(std::move(asked));
}

void WriteNode(Writer& out, std::string_view prefix, const cluster::NodeInfo& info) {
  out.Field(std::string(prefix) + "id", info.id);
  out.Field(std::string(prefix) + "name", info.name);
  out.Field("transport_address", info.transport_address);
  out.ObjectField(prefix.empty() ? "attributes" : "node_attributes");
  for (const auto& [name, value] : info.attributes) out.Field(name, value);
  out.EndObject();
}

// The one place where a primary's data are, and what is wrong with them.
void WriteDecisions(Writer& out, const cluster::NodeInfo& home, const std::string& why) {
  out.ArrayField("node_allocation_decisions");
  out.BeginObject();
  WriteNode(out, "node_", home);
  out.Field("node_decision", "no");
  out.Field("weight_ranking", 1);
  out.ObjectField("store");
  out.Field("in_sync", false);
  out.ObjectField("store_exception");
  out.Field("type", "corrupt_index_exception");
  out.Field("reason", why);
  out.EndObject();
  out.EndObject();
  out.EndObject();
  out.EndArray();
}

void WriteDeciders(Writer& out, std::string_view key,
                   const std::vector<cluster::Decision>& decisions) {
  out.ArrayField(key);
  for (const cluster::Decision& decision : decisions) {
    out.BeginObject();
    out.Field("decider", decision.decider);
    out.Field("decision", "NO");
    out.Field("explanation", decision.explanation);
    out.EndObject();
  }
  out.EndArray();
}

// What keeps a copy that has never been anywhere from each of the nodes.
void WriteNotPlaced(Writer& out, const cluster::ClusterState& state,
                    const reroute::Explained& explained) {
  cluster::CopyKind kind{.primary = explained.copy.primary};
  if (!kind.primary && state.nodes.contains(explained.home)) kind.primary_node = explained.home;
  const auto ranking = cluster::WeightRanking(state);
  out.ArrayField("node_allocation_decisions");
  for (const auto& [id, info] : state.nodes) {
    const auto decisions = cluster::WhyNotPlaced(state, *explained.index, info, kind);
    if (!info.HasRole("data") || decisions.empty()) continue;
    out.BeginObject();
    WriteNode(out, "node_", info);
    out.Field("node_decision", "no");
    out.Field("weight_ranking", ranking.at(id));
    WriteDeciders(out, "deciders", decisions);
    out.EndObject();
  }
  out.EndArray();
}

// Whether a shard may stay where it is, and could go elsewhere.
void WriteStay(Writer& out, const cluster::ClusterState& state, const cluster::IndexMetadata& index,
               const cluster::NodeInfo& node) {
  const std::string why = cluster::WhyNotOn(state, index, node);
  out.Field("can_remain_on_current_node", why.empty() ? "yes" : "no");
  if (why.empty()) {  // shards move only because they have to
    out.Field("can_rebalance_cluster", "no");
    out.Field("can_rebalance_to_other_node", "no");
    out.Field("rebalance_explanation", "rebalancing is not allowed");
    return;
  }
  WriteDeciders(out, "can_remain_decisions", {{"filter", why}});
  const bool may_move = cluster::WhyNotEnabled(state, index, {.has_data = true}).empty();
  const bool somewhere = may_move && std::ranges::any_of(state.nodes, [&](const auto& entry) {
                           return entry.second.HasRole("data") &&
                                  cluster::WhyNotOn(state, index, entry.second).empty();
                         });
  out.Field("can_move_to_other_node", somewhere ? "throttled" : "no");
  out.Field("move_explanation",
            somewhere
                ? "shard cannot remain on this node and moving to another node is currently "
                  "throttled"
                : "cannot move shard to another node, even though it is not allowed to remain "
                  "on its current node");
}

void WriteUnassigned(Writer& out, const cluster::ClusterState& state,
                     const reroute::Explained& explained) {
  const auto& copy = explained.copy;
  const bool failed = !copy.unassigned_details.empty();
  const char* const decision =
      copy.primary && !explained.home.empty() ? "no_valid_shard_copy" : "no";
  out.ObjectField("unassigned_info");
  out.Field("reason", copy.unassigned_because);
  if (copy.unassigned_at_millis > 0) out.Field("at", base::IsoUtcMillis(copy.unassigned_at_millis));
  if (failed) out.Field("failed_allocation_attempts", 1);
  if (failed) out.Field("details", copy.unassigned_details);
  out.Field("last_allocation_status", copy.primary ? decision : "no_attempt");
  out.EndObject();
  out.Field("can_allocate", decision);
  const auto home = state.nodes.find(explained.home);
  if (!copy.primary || explained.home.empty()) {
    out.Field("allocate_explanation",
              "cannot allocate because allocation is not permitted to any of the nodes");
    WriteNotPlaced(out, state, explained);
  } else if (failed && home != state.nodes.end()) {
    out.Field("allocate_explanation",
              "cannot allocate because all found copies of the shard are either stale or corrupt");
    WriteDecisions(out, home->second, copy.unassigned_details);
  } else {
    out.Field("allocate_explanation",
              "cannot allocate because a previous copy of the primary shard existed but can no "
              "longer be found on the nodes in the cluster");
  }
}

void WriteExplained(Writer& out, const cluster::ClusterState& state,
                    const reroute::Explained& explained) {
  const auto& copy = explained.copy;
  out.BeginObject();
  out.Field("index", explained.index->name);
  out.Field("shard", copy.shard);
  out.Field("primary", copy.primary);
  std::string current(copy.state());
  for (char& c : current) c = static_cast<char>(std::tolower(c));
  out.Field("current_state", current);
  if (!copy.assigned()) {
    WriteUnassigned(out, state, explained);
  } else if (const auto node = state.nodes.find(copy.node_id); node != state.nodes.end()) {
    out.ObjectField("current_node");
    WriteNode(out, "", node->second);
    const bool stays = cluster::WhyNotOn(state, *explained.index, node->second).empty();
    const auto ranking = cluster::WeightRanking(state);
    if (stays && ranking.contains(copy.node_id))
      out.Field("weight_ranking", ranking.at(copy.node_id));
    out.EndObject();
    if (copy.target_id.empty()) WriteStay(out, state, *explained.index, node->second);
  }
  out.EndObject();
}

Status GetExplanation(actions::Node& node, const RequestPtr& request) {
  RETURN_IF_ERROR(request->Bool("include_yes_decisions").status());
  RETURN_IF_ERROR(request->Bool("include_disk_info").status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const auto explained = std::make_shared<reroute::Explained>();
  HandOver(
      node, request,
      [&node, request, explained](const tasks::TaskContext& task) -> Status {
        ASSIGN_OR_RETURN(const auto asked, ReadQuestion(task, request->body()));
        ASSIGN_OR_RETURN(*explained, reroute::Explain(node, asked));
        return {};
      },
      [&node, request, explained](tasks::RunningTask task) {
        std::move(task).Finish(tasks::End());
        request->Respond(
            200, [&](Writer& out) { WriteExplained(out, *node.cluster.state(), *explained); });
      });
  return {};
}

}  // namespace

void AddRerouteRoutes(Router& router, actions::Node& node) {
  router.Add("POST", "/_cluster/reroute", AnnounceOnIndices(node, reroute::kReroute),
             [&node](const RequestPtr& request) { return PostReroute(node, request); });
  router.Add("GET,POST", "/_cluster/allocation/explain", AnnounceOnIndices(node, reroute::kExplain),
             [&node](const RequestPtr& request) { return GetExplanation(node, request); });
}

}  // namespace rest::routes
