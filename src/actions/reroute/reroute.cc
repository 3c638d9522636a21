#include "actions/reroute/reroute.h"

#include <algorithm>

#include "base/json/tree.h"
#include "base/log.h"
#include "cluster/records.h"
#include "tasks/memory/parsed_json.h"

namespace actions::reroute {

namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;
using cluster::ClusterState;
using cluster_health::ShardCopy;

Result<Command::Kind> KindOf(std::string_view name) {
  for (const auto kind : {Command::Kind::kStalePrimary, Command::Kind::kEmptyPrimary}) {
    if (name == NameOf(kind)) return kind;
  }
  for (const char* const known : {"move", "cancel", "allocate_replica"}) {
    if (name == known)
      return IllegalArgument("the command [" + std::string(name) +
                             "] is not supported; shards are moved with "
                             "[cluster.routing.allocation.exclude._name] and the like");
  }
  return Status(400, "named_object_not_found_exception",
                "unknown named object category [org.opensearch.cluster.routing.allocation.command."
                "AllocationCommand] with name [" +
                    std::string(name) + "]");
}

Result<Command> ParseCommand(const base::json::Member& member) {
  Command command;
  ASSIGN_OR_RETURN(command.kind, KindOf(member.key));
  for (const base::json::Member& field : member.value->members()) {
    if (field.key == "index") {
      command.index = field.value->text();
    } else if (field.key == "node") {
      command.node = field.value->text();
    } else if (field.key == "shard") {
      ASSIGN_OR_RETURN(const std::int64_t shard, field.value->AsInt64());
      command.shard = static_cast<int>(std::clamp<std::int64_t>(shard, -1, 1 << 20));
    } else if (field.key == "accept_data_loss") {
      ASSIGN_OR_RETURN(command.accept_data_loss, field.value->AsBool());
    } else {
      return Status(
          400, "x_content_parse_exception",
          "[" + std::string(member.key) + "] unknown field [" + std::string(field.key) + "]");
    }
  }
  if (command.index.empty()) return IllegalArgument("Argument [index] must be defined");
  if (command.shard < 0)
    return IllegalArgument("Argument [shard] must be defined and non-negative");
  if (command.node.empty()) return IllegalArgument("Argument [node] must be defined");
  return command;
}

Status Refused(const Command& command, const std::string& why) {
  return IllegalArgument("[" + std::string(NameOf(command.kind)) + "] " + why);
}

std::string ShardName(const Command& command) {
  return "[" + command.index + "][" + std::to_string(command.shard) + "]";
}

Result<std::string> FindNode(const ClusterState& state, const Command& command) {
  for (const auto& [id, info] : state.nodes) {
    if (id != command.node && info.name != command.node) continue;
    if (info.HasRole("data")) return id;
    return Refused(command,
                   "allocation can only be done on data nodes, not [" + command.node + "]");
  }
  return IllegalArgument("failed to resolve [" + command.node + "], no matching nodes");
}

// The operator decides about unassigned shards only. Empty: nothing is in the way.
std::string WhyRefused(const Node& node, const ClusterState& state,
                       const cluster::IndexMetadata& index, const std::string& target,
                       const Command& command) {
  const auto copies = cluster_health::CopiesOf(node, state, index);
  const auto primary = std::ranges::find_if(
      copies, [&](const ShardCopy& copy) { return copy.primary && copy.shard == command.shard; });
  if (!index.open || primary == copies.end() || primary->assigned())
    return "primary " + ShardName(command) + " is already assigned";
  if (!command.accept_data_loss) {
    return "allocating an empty primary for " + ShardName(command) +
           " can result in data loss. Please confirm by setting the accept_data_loss parameter to "
           "true";
  }
  const std::string& home = index.shard_nodes[static_cast<std::size_t>(command.shard)];
  if (command.kind == Command::Kind::kStalePrimary && home != target) {
    return "no copy of " + ShardName(command) + " is on [" + command.node +
           "]; what is left of it is on [" + home + "]";
  }
  return {};
}

// The new term tells the shard's node to open it whatever is missing; a new key, to begin anew.
Result<cluster::IndexPtr> Carry(const Node& node, const ClusterState& state,
                                const Command& command) {
  ASSIGN_OR_RETURN(const std::string target, FindNode(state, command));
  const cluster::IndexPtr index = state.FindIndex(command.index);
  if (!index) return cluster::IndexNotFound(command.index, "index_or_alias");
  if (command.shard >= index->number_of_shards)
    return Status(404, "shard_not_found_exception", "no such shard")
        .With("index", index->name)
        .With("shard", std::to_string(command.shard))
        .With("index_uuid", index->uuid);
  const std::string why = WhyRefused(node, state, *index, target, command);
  if (!why.empty()) return Refused(command, why);
  auto next = std::make_shared<cluster::IndexMetadata>(*index);
  const auto at = static_cast<std::size_t>(command.shard);
  if (command.kind == Command::Kind::kEmptyPrimary) {
    next->shard_nodes[at] = target;
    next->shard_keys[at] = cluster::NewShardKey();
  }
  ++next->primary_terms[at];
  next->moves.erase(command.shard);
  return cluster::IndexPtr(std::move(next));
}

// Without the name of the command, which Refused() puts in front.
std::string WhyOf(const Status& refused, const Command& command) {
  const std::string& reason = refused.reason();
  const std::string name = "[" + std::string(NameOf(command.kind)) + "] ";
  return reason.starts_with(name) ? reason.substr(name.size()) : reason;
}

// Carries all of them out in `state`; which indices that has changed.
Result<std::map<std::string, cluster::IndexPtr>> CarryAll(const Node& node,
                                                          const std::vector<Command>& commands,
                                                          bool explain, ClusterState& state,
                                                          std::vector<Explanation>& explanations) {
  std::map<std::string, cluster::IndexPtr> changed;
  explanations.clear();  // of an older state
  for (const Command& command : commands) {
    Result<cluster::IndexPtr> next = Carry(node, state, command);
    if (!next.ok() && !explain) return next.status();
    explanations.push_back(
        {command, next.ok(), next.ok() ? "ignore deciders" : WhyOf(next.status(), command)});
    if (!next.ok()) continue;
    state.indices[command.index] = *next;
    changed[command.index] = *std::move(next);
  }
  return changed;
}

void LogLosses(const std::vector<Explanation>& explanations) {
  for (const Explanation& explanation : explanations) {
    const Command& command = explanation.command;
    if (!explanation.carried_out) continue;
    base::log::Warn("cluster", "operator accepts the loss of a shard's data",
                    {{"command", NameOf(command.kind)},
                     {"index", command.index},
                     {"shard", command.shard},
                     {"node", command.node}});
  }
}

}  // namespace

std::string_view NameOf(Command::Kind kind) {
  return kind == Command::Kind::kStalePrimary ? "allocate_stale_primary" : "allocate_empty_primary";
}

Result<std::vector<Command>> ParseCommands(const tasks::TaskContext& task,
                                           const std::string& body) {
  std::vector<Command> commands;
  if (body.empty()) return commands;
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, body));
  for (const base::json::Member& member : document.root().members()) {
    if (member.key != "commands")
      return Status(400, "x_content_parse_exception",
                    "[cluster_reroute] unknown field [" + std::string(member.key) + "]");
    for (const Value* const item : member.value->items()) {
      if (item->members().size() != 1)
        return Status(400, "parsing_exception", "a command is an object with one field, its name");
      ASSIGN_OR_RETURN(Command command, ParseCommand(item->members().front()));
      commands.push_back(std::move(command));
    }
  }
  return commands;
}

void Run(Node& node, tasks::RunningTask task, std::vector<Command> commands, Options options,
         RerouteDone done) {
  const auto rerouted = std::make_shared<Rerouted>();
  RunChange(
      node, std::move(task),
      [&node, commands = std::move(commands), options, rerouted](tasks::TaskContext& running) {
        return node.cluster.Apply(
            running, [&](ClusterState& state) -> Result<cluster::ClusterService::Changes> {
              ASSIGN_OR_RETURN(const auto changed, CarryAll(node, commands, options.explain, state,
                                                            rerouted->explanations));
              cluster::ClusterService::Changes changes;
              if (options.dry_run) return changes;
              LogLosses(rerouted->explanations);
              for (const auto& [name, index] : changed)
                changes.push_back(cluster::IndexRecord(*index));
              return changes;
            });
      },
      [rerouted, done = std::move(done)](const Result<Acknowledged>& acknowledged) {
        if (!acknowledged.ok()) return done(acknowledged.status());
        rerouted->acknowledged = *acknowledged;
        done(std::move(*rerouted));
      });
}

Result<Explained> Explain(const Node& node, const std::optional<Asked>& asked) {
  const cluster::StatePtr state = node.cluster.state();
  const auto of = [&](const cluster::IndexPtr& index, const ShardCopy& copy) {
    return Explained{index, copy, index->shard_nodes[static_cast<std::size_t>(copy.shard)]};
  };
  if (asked) {
    const cluster::IndexPtr index = state->FindIndex(asked->index);
    if (!index) return cluster::IndexNotFound(asked->index, "index_or_alias");
    for (const ShardCopy& copy : cluster_health::CopiesOf(node, *state, *index))
      if (copy.shard == asked->shard && copy.primary == asked->primary) return of(index, copy);
    return Status(404, "shard_not_found_exception", "no such shard");
  }
  std::optional<Explained> replica;
  for (const auto& [name, index] : state->indices) {
    if (!index->open) continue;
    for (const ShardCopy& copy : cluster_health::CopiesOf(node, *state, *index)) {
      if (copy.assigned()) continue;
      if (copy.primary) return of(index, copy);
      if (!replica) replica = of(index, copy);
    }
  }
  if (replica) return *std::move(replica);
  return IllegalArgument(
      "unable to find any unassigned shards to explain "
      "[ClusterAllocationExplainRequest[useAnyUnassignedShard=true,includeYesDecisions?=false]");
}

}  // namespace actions::reroute
