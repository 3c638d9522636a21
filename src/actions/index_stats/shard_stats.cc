#include "actions/index_stats/shard_stats.h"

#include <set>

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
#include "actions/node_stats/ask.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/list_node.h"

namespace actions::index_stats {

namespace {

using base::Result;
using base::Status;
using tasks_list::FanOut;

constexpr std::string_view kStats = "indices:monitor/stats";
constexpr std::string_view kStatsNode = "indices:monitor/stats[n]";

std::string EncodeUuids(const std::vector<std::string>& uuids) {
  std::string bytes;
  for (const std::string& uuid : uuids) bulk::PutText(bytes, uuid);
  return bytes;
}

// The answer to the uuids of some indices.
Result<std::string> Tell(const Node& node, const tasks::TaskContext& task,
                         std::string_view question) {
  const cluster::StatePtr state = node.cluster.state();
  node_stats::NodeShards told{node_stats::DataPath(node), {}};
  bulk::WireReader in(question);
  while (!in.done()) {
    RETURN_IF_ERROR(task.Checkpoint());
    const std::string uuid(in.Text());
    for (const auto& shard : node.shards.OfIndex(uuid)) {
      const auto& of = shard->options();
      told.shards.emplace(node_stats::KeyOfShard(uuid, of.number),
                          node_stats::FiguresOf(node, *shard, state->FindIndex(of.index)));
    }
  }
  if (!in.ok()) return base::Internal("malformed question about shards");
  return node_stats::Encode(told);
}

Status TakeApart(std::string_view bytes, const std::string& node_id, ShardStats& stats) {
  ASSIGN_OR_RETURN(node_stats::NodeShards of, node_stats::DecodeNodeShards(bytes));
  stats.shards.merge(of.shards);
  stats.data_paths[node_id] = std::move(of.data_path);
  return {};
}

}  // namespace

void Ask(Node& node, const std::vector<std::string>& names, tasks::OriginPtr origin, Done done,
         std::optional<std::int64_t> timeout_millis) {
  const cluster::StatePtr state = node.cluster.state();
  std::set<std::string> nodes;
  std::vector<std::string> uuids;
  for (const std::string& name : names) {
    const cluster::IndexPtr index = state->FindIndex(name);
    if (index == nullptr) continue;
    uuids.push_back(index->uuid);
    for (const std::string& home : index->shard_nodes) {
      if (state->nodes.contains(home)) nodes.insert(home);
    }
  }
  tasks::TaskSpec spec{.action = kStats};
  spec.indices = names;
  spec.cancellable = false;
  spec.not_cancellable_because = tasks_list::kOnlyLooks;
  spec.origin = std::move(origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());
  const auto fan_out = std::make_shared<FanOut>(node, *std::move(task), state);
  fan_out->Ask({.action = kStatsNode,
                .nodes = {nodes.begin(), nodes.end()},
                .payload = EncodeUuids(uuids),
                .timeout_millis = timeout_millis.value_or(ListTimeoutMillis(node))},
               [fan_out, done = std::move(done)](const std::vector<FanOut::Answer>& answers) {
                 auto stats = std::make_shared<ShardStats>();
                 stats->state = fan_out->state();
                 for (const FanOut::Answer& answer : answers) {
                   Status why = answer.status;
                   if (answer.result) why.Update(TakeApart(*answer.result, answer.node_id, *stats));
                   if (!why.ok()) stats->failures.push_back({answer.node_id, std::move(why)});
                 }
                 fan_out->Finish(tasks::End(), [stats, done] { done(std::move(*stats)); });
               });
}

void Register(Node& node) {
  node.action_table.Add(
      kStatsNode,
      [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
        spec.cancellable = false;
        spec.not_cancellable_because = tasks_list::kOnlyLooks;
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        node.pools.management.Submit(
            std::move(task), [&node, inbound](const tasks::TaskContext& running) {
              auto told = Tell(node, running, inbound->request().payload);
              return told.ok() ? tasks::End({}, *std::move(told)) : tasks::End(told.status());
            });
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::index_stats
