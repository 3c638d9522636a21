#include "rest/routes/cluster_state.h"

#include <algorithm>
#include <array>
#include <set>

#include "actions/cluster_health/copies.h"
#include "actions/cluster_state/await_version.h"
#include "actions/run_task.h"
#include "cluster/index/index_blocks.h"
#include "rest/origin.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "rest/routes/tasks.h"
#include "rest/routes/templates.h"
#include "tasks/memory/parsed_json.h"

namespace rest::routes {

using actions::cluster_health::CopiesOf;
using actions::cluster_health::ShardCopy;
using actions::cluster_health::StableId;
using base::Status;
using base::json::Writer;
using cluster::ClusterState;
using cluster::IndexMetadata;

namespace {

constexpr std::string_view kState = "cluster:monitor/state";
// What the state shows mappings under, as when there were types of them.
constexpr std::string_view kMappingType = "_doc";

struct StateRequest {
  std::set<std::string> metrics;         // none: all
  std::vector<std::string> expressions;  // of indices; none: all of them, and the templates
  cluster::IndexOptions options;
  std::set<std::string> indices;  // their names in the state that is shown
  bool flat = false, human = false;
  std::optional<actions::cluster_state::VersionWait> wait;

  bool Wants(const std::string& metric) const {
    return metrics.empty() || metrics.contains(metric);
  }
};

void WriteCopy(Writer& out, const IndexMetadata& index, const ShardCopy& copy) {
  out.BeginObject();
  out.Field("state", copy.state());
  out.Field("primary", copy.primary);
  out.Field("node", copy.assigned() ? std::optional(copy.node_id) : std::nullopt);
  out.Field("relocating_node",
            copy.target_id.empty() ? std::nullopt : std::optional(copy.target_id));
  out.Field("shard", copy.shard);
  out.Field("index", index.name);
  if (copy.assigned()) {
    out.ObjectField("allocation_id");
    out.Field("id", copy.AllocationId(index));
    out.EndObject();
  } else {
    out.ObjectField("recovery_source");
    out.Field("type", !copy.primary         ? "PEER"
                      : copy.never_placed() ? "EMPTY_STORE"
                                            : "EXISTING_STORE");
    out.EndObject();
    out.ObjectField("unassigned_info");
    out.Field("reason", copy.unassigned_because);
    if (copy.unassigned_at_millis > 0) {
      out.Field("at", base::IsoUtcMillis(copy.unassigned_at_millis));
    }
    out.Field("delayed", false);
    if (!copy.unassigned_details.empty()) out.Field("details", copy.unassigned_details);
    out.Field("allocation_status", !copy.primary         ? "no_attempt"
                                   : copy.never_placed() ? "deciders_no"
                                                         : "no_valid_shard_copy");
    out.EndObject();
  }
  out.EndObject();
}

// The parts of one state, each under its metric.
class StateWriter {
 public:
  // A stop of `task`, which may be null, ends it between two indices.
  StateWriter(Writer& out, const actions::Node& node, const ClusterState& state,
              const StateRequest& request, const tasks::TaskContext* task)
      : out_(out), node_(node), state_(state), request_(request), task_(task) {}

  // Fails if it is stopped, or if there is no memory for a template of the metadata. Without a task
  // it tells of what has been done, and takes the memory.
  Status Write() {
    out_.BeginObject();
    if (request_.wait) out_.Field("wait_for_timed_out", false);
    out_.Field("cluster_name", state_.cluster_name);
    RETURN_IF_ERROR(WriteParts());
    out_.EndObject();
    return {};
  }

  // All but the cluster's name.
  Status WriteParts() {
    out_.Field("cluster_uuid", state_.cluster_uuid);
    if (request_.Wants("version")) {
      out_.Field("version", state_.version);
      out_.Field("state_uuid",
                 StableId(state_.cluster_uuid + "/" + std::to_string(state_.version)));
    }
    const auto manager =
        state_.manager_id.empty() ? std::nullopt : std::optional(state_.manager_id);
    for (const char* metric : {"master_node", "cluster_manager_node"}) {
      if (request_.Wants(metric)) out_.Field(metric, manager);
    }
    if (request_.Wants("blocks")) WriteBlocks();
    if (request_.Wants("nodes")) WriteNodes();
    if (request_.Wants("metadata")) RETURN_IF_ERROR(WriteMetadata());
    if (request_.Wants("routing_table")) WriteRoutingTable();
    if (request_.Wants("routing_nodes")) WriteRoutingNodes();
    return stopped_;
  }

 private:
  template <typename Function>
  void ForEachIndex(Function function) {
    for (const auto& [name, index] : state_.indices) {
      if (task_ != nullptr && stopped_.ok()) stopped_ = task_->Checkpoint();
      if (!stopped_.ok()) return;
      if (request_.indices.contains(name)) function(*index);
    }
  }

  // Those of all indices, whichever were asked for.
  void WriteBlocks() {
    out_.ObjectField("blocks");
    bool any = false;
    for (const auto& entry : state_.indices) {
      const IndexMetadata& index = *entry.second;
      const auto blocks = cluster::BlocksOf(index);
      if (blocks.empty()) continue;
      if (!std::exchange(any, true)) out_.ObjectField("indices");
      out_.ObjectField(index.name);
      for (const cluster::ShownBlock& block : blocks) {
        out_.ObjectField(block.id);
        out_.Field("description", block.description);
        out_.Field("retryable", false);
        out_.ArrayField("levels");
        for (const std::string_view level : block.levels) out_.String(level);
        out_.EndArray();
        out_.EndObject();
      }
      out_.EndObject();
    }
    if (any) out_.EndObject();
    out_.EndObject();
  }

  void WriteNodes() {
    out_.ObjectField("nodes");
    for (const auto& [id, info] : state_.nodes) {
      out_.ObjectField(id);
      out_.Field("name", info.name);
      out_.Field("ephemeral_id", StableId(id + std::to_string(info.incarnation)));
      out_.Field("transport_address", info.transport_address);
      out_.ObjectField("attributes");
      for (const auto& [name, value] : info.attributes) out_.Field(name, value);
      out_.EndObject();
      out_.EndObject();
    }
    out_.EndObject();
  }

  void WriteVoters(std::string_view key) {
    out_.ArrayField(key);
    for (const auto& [id, info] : state_.nodes) {
      if (info.HasRole("cluster_manager")) out_.String(id);
    }
    out_.EndArray();
  }

  Status WriteMetadata() {
    out_.ObjectField("metadata");
    out_.Field("cluster_uuid", state_.cluster_uuid);
    out_.Field("cluster_uuid_committed", true);
    out_.ObjectField("cluster_coordination");
    out_.Field("term", 1);
    WriteVoters("last_committed_config");
    WriteVoters("last_accepted_config");
    out_.ArrayField("voting_config_exclusions");
    out_.EndArray();
    out_.EndObject();
    const bool whole = request_.expressions.empty();
    out_.ObjectField("templates");
    if (whole) RETURN_IF_ERROR(WriteLegacyTemplates());
    out_.EndObject();
    out_.ObjectField("indices");
    ForEachIndex([&](const IndexMetadata& index) { WriteIndex(index); });
    out_.EndObject();
    if (whole) {
      WriteTemplates("component_template", state_.templates.component);
      WriteTemplates("index_template", state_.templates.index);
    }
    WriteTombstones(whole);
    out_.EndObject();
    return {};
  }

  void WriteTombstones(bool whole) {
    out_.ObjectField("index-graveyard");
    out_.ArrayField("tombstones");
    for (const auto& [uuid, tombstone] : state_.tombstones) {
      if (!whole) break;
      out_.BeginObject();
      out_.ObjectField("index");
      out_.Field("index_name", tombstone.index);
      out_.Field("index_uuid", uuid);
      out_.EndObject();
      if (request_.human) out_.Field("delete_date", base::IsoUtcMillis(tombstone.millis));
      out_.Field("delete_date_in_millis", tombstone.millis);
      out_.EndObject();
    }
    out_.EndArray();
    out_.EndObject();
  }

  Status WriteLegacyTemplates() {
    for (const auto& [name, json] : state_.templates.legacy) {
      tasks::MemoryAccount* const memory = node_.registry.memory();
      ASSIGN_OR_RETURN(const auto stored, task_ != nullptr
                                              ? tasks::ParsedJson::Parse(memory, json)
                                              : tasks::ParsedJson::ParseAnyway(memory, json));
      out_.Key(name);
      WriteTemplate(out_, stored.root(), {.flat = request_.flat, .mappings_under = kMappingType});
    }
    return {};
  }

  // Not at all if there are none.
  void WriteTemplates(std::string_view key, const std::map<std::string, std::string>& templates) {
    if (templates.empty()) return;
    out_.ObjectField(key);
    out_.ObjectField(key);
    for (const auto& [name, json] : templates) out_.RawField(name, json);
    out_.EndObject();
    out_.EndObject();
  }

  void WriteIndex(const IndexMetadata& index) {
    out_.ObjectField(index.name);
    // What changes is not counted by kind; the state's version is what tells of any.
    for (const char* version :
         {"version", "mapping_version", "settings_version", "aliases_version"}) {
      out_.Field(version, 1);
    }
    out_.Field("routing_num_shards", index.RoutingSlots());
    out_.Field("state", index.open ? "open" : "close");
    out_.ObjectField("settings");
    WriteIndexSettings(out_, index, request_.flat);
    out_.EndObject();
    out_.ObjectField("mappings");
    if (index.mappings != "{}") out_.RawField(kMappingType, index.mappings);
    out_.EndObject();
    out_.ArrayField("aliases");
    for (const auto& [alias, how] : index.aliases) out_.String(alias);
    out_.EndArray();
    out_.ObjectField("primary_terms");
    for (std::size_t shard = 0; shard < index.primary_terms.size(); ++shard) {
      out_.Field(std::to_string(shard), index.primary_terms[shard]);
    }
    out_.EndObject();
    out_.ObjectField("in_sync_allocations");
    for (const ShardCopy& copy : CopiesOf(node_, state_, index)) {
      if (!copy.primary) continue;
      out_.ArrayField(std::to_string(copy.shard));
      out_.String(copy.AllocationId(index));
      out_.EndArray();
    }
    out_.EndObject();
    out_.ObjectField("rollover_info");
    out_.EndObject();
    out_.Field("system", index.name.starts_with(".tasks"));
    out_.EndObject();
  }

  void WriteRoutingTable() {
    out_.ObjectField("routing_table");
    out_.ObjectField("indices");
    ForEachIndex([&](const IndexMetadata& index) {
      out_.ObjectField(index.name);
      out_.ObjectField("shards");
      int open = -1;
      for (const ShardCopy& copy : CopiesOf(node_, state_, index)) {
        if (copy.shard != open) {
          if (open >= 0) out_.EndArray();
          out_.ArrayField(std::to_string(copy.shard));
          open = copy.shard;
        }
        WriteCopy(out_, index, copy);
      }
      if (open >= 0) out_.EndArray();
      out_.EndObject();
      out_.EndObject();
    });
    out_.EndObject();
    out_.EndObject();
  }

  void WriteCopiesOn(const std::string& node_id) {
    ForEachIndex([&](const IndexMetadata& index) {
      for (const ShardCopy& copy : CopiesOf(node_, state_, index)) {
        if (copy.node_id == node_id) WriteCopy(out_, index, copy);
      }
    });
    out_.EndArray();
  }

  void WriteRoutingNodes() {
    out_.ObjectField("routing_nodes");
    out_.ArrayField("unassigned");
    WriteCopiesOn("");
    out_.ObjectField("nodes");
    for (const auto& [id, info] : state_.nodes) {
      if (!info.HasRole("data")) continue;
      out_.ArrayField(id);
      WriteCopiesOn(id);
    }
    out_.EndObject();
    out_.EndObject();
  }

  Writer& out_;
  const actions::Node& node_;
  const ClusterState& state_;
  const StateRequest& request_;
  const tasks::TaskContext* const task_;
  Status stopped_;
};

Status ReadWait(Request& request, StateRequest& wanted) {
  actions::cluster_state::VersionWait wait;
  ASSIGN_OR_RETURN(const std::int64_t version, request.Long("wait_for_metadata_version", 1));
  if (version < 1) {
    return base::IllegalArgument(
        "provided waitForMetadataVersion should be >= 1, but instead is [" +
        std::to_string(version) + "]");
  }
  // What changes is not counted by kind: the state's version grows with that of its metadata.
  wait.version = static_cast<std::uint64_t>(version);
  ASSIGN_OR_RETURN(wait.timeout, request.Time("wait_for_timeout", base::TimeValue::Minutes(1)));
  if (request.Has("wait_for_metadata_version")) wanted.wait = wait;
  return {};
}

base::Result<StateRequest> ReadStateRequest(Request& request) {
  StateRequest wanted;
  WarnOfMasterMetric(request);
  for (const std::string& metric : request.List("metric")) wanted.metrics.insert(metric);
  if (wanted.metrics.contains("_all")) wanted.metrics.clear();
  wanted.expressions = request.List("index");
  if (wanted.expressions == std::vector<std::string>{"_all"}) wanted.expressions.clear();
  wanted.options.ignore_unavailable = true;
  RETURN_IF_ERROR(ReadIndexOptions(request, wanted.options));
  RETURN_IF_ERROR(request.Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(request));
  RETURN_IF_ERROR(ReadWait(request, wanted));
  ASSIGN_OR_RETURN(wanted.flat, request.Bool("flat_settings"));
  wanted.human = request.format().human;
  return wanted;
}

// An answer under way: filled by the task, read when it has ended.
struct StateAnswer {
  StateRequest wanted;
  cluster::StatePtr state;
  bool timed_out = false;
};

Status Resolve(const tasks::TaskContext& task, StateAnswer& answer) {
  StateRequest& wanted = answer.wanted;
  if (wanted.expressions.empty()) {
    for (const auto& entry : answer.state->indices) wanted.indices.insert(entry.first);
    return {};
  }
  wanted.options.task = &task;
  ASSIGN_OR_RETURN(const auto names,
                   cluster::ResolveIndices(*answer.state, wanted.expressions, wanted.options));
  wanted.indices.insert(names.begin(), names.end());
  return {};
}

// Of the metadata, about.
std::size_t EstimatedBytes(const StateAnswer& answer) {
  if (answer.timed_out || !answer.wanted.Wants("metadata")) return 0;
  std::size_t bytes = answer.state->templates.bytes();
  for (const std::string& name : answer.wanted.indices) {
    if (const auto index = answer.state->FindIndex(name)) bytes += index->mappings.size();
  }
  return bytes;
}

Status ComposeState(const actions::Node& node, const tasks::TaskContext& task, Request& request,
                    StateAnswer& answer) {
  answer.state = node.cluster.state();
  if (!answer.timed_out) RETURN_IF_ERROR(Resolve(task, answer));
  RETURN_IF_ERROR(request.ReserveAnswer(EstimatedBytes(answer)));
  return request.Compose(200, [&](Writer& out) {
    if (!answer.timed_out)
      return StateWriter(out, node, *answer.state, answer.wanted, &task).Write();
    out.BeginObject();
    out.Field("wait_for_timed_out", true);
    out.Field("cluster_name", answer.state->cluster_name);
    out.EndObject();
    return Status();
  });
}

Status GetState(actions::Node& node, const RequestPtr& request) {
  const auto answer = std::make_shared<StateAnswer>();
  ASSIGN_OR_RETURN(answer->wanted, ReadStateRequest(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (request->route_task() != nullptr && !answer->wanted.wait) {
    RETURN_IF_ERROR(ComposeState(node, *request->route_task(), *request, *answer));
    return request->SendComposed(), Status();
  }
  tasks::TaskSpec spec{.action = kState};
  const actions::cluster_state::VersionWait wait =
      answer->wanted.wait.value_or(actions::cluster_state::VersionWait());
  spec.cancellable = answer->wanted.wait.has_value();
  if (!spec.cancellable) spec.not_cancellable_because = kEndsAtOnce;
  spec.origin = OriginOf(request->head());
  ASSIGN_OR_RETURN(tasks::RunningTask task, node.registry.Register(std::move(spec)));
  StopWhenGone(request, task.context());
  const auto respond = [request](const tasks::End& end) {
    end.error.ok() ? request->SendComposed() : request->Fail(end.error);
  };
  const auto show = [&node, request, answer, respond](tasks::RunningTask waited, bool reached) {
    answer->timed_out = !reached;
    const auto work = [&node, request, answer](const tasks::TaskContext& running) {
      return tasks::End(ComposeState(node, running, *request, *answer));
    };
    actions::RunTask(std::move(waited), node.pools.coordinator, work, respond);
  };
  actions::cluster_state::AwaitVersion(node, std::move(task), wait, show);
  return {};
}

// Changes wait for their turn within their own tasks; there is no queue of them.
Status GetPendingTasks(const RequestPtr& request) {
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  request->Respond(200, [](Writer& out) {
    out.BeginObject();
    out.ArrayField("tasks");
    out.EndArray();
    out.EndObject();
  });
  return {};
}

}  // namespace

Status WriteState(Writer& out, const actions::Node& node, const cluster::ClusterState& state,
                  std::set<std::string> metrics) {
  StateRequest request{.metrics = std::move(metrics)};
  for (const auto& entry : state.indices) request.indices.insert(entry.first);
  return StateWriter(out, node, state, request, nullptr).WriteParts();
}

void AddClusterStateRoutes(Router& router, actions::Node& node) {
  for (const char* pattern :
       {"/_cluster/state", "/_cluster/state/{metric}", "/_cluster/state/{metric}/{index}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetState(node, request); });
  }
  router.Add("GET", "/_cluster/pending_tasks", GetPendingTasks);
}

}  // namespace rest::routes
