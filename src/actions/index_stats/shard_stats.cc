#include "actions/index_stats/shard_stats.h"

#include <set>

#include "actions/bulk/wire.h"
#include "actions/live_settings.h"
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
  std::string bytes;
  bulk::WireReader in(question);
  while (!in.done()) {
    RETURN_IF_ERROR(task.Checkpoint());
    const std::string uuid(in.Text());
    for (const auto& shard : node.shards.OfIndex(uuid)) {
      bulk::PutText(bytes, uuid);
      bulk::PutSigned(bytes, shard->options().number);
      bulk::PutSigned(bytes, shard->refreshed_documents());
      bulk::PutSigned(bytes, shard->deleted_documents());
      bulk::PutSigned(bytes, static_cast<std::int64_t>(shard->store_bytes()));
      bulk::PutSigned(bytes, shard->max_seq_no());
      const ActivityFigures activity = node.shards.FiguresOf(*shard);
      ActivityFigures::ForEach(activity,
                               [&](std::int64_t figure) { bulk::PutSigned(bytes, figure); });
    }
  }
  if (!in.ok()) return base::Internal("malformed question about shards");
  return bytes;
}

Status TakeApart(std::string_view bytes, ShardStats& stats) {
  bulk::WireReader in(bytes);
  while (!in.done()) {
    std::string uuid(in.Text());
    const auto number = static_cast<int>(in.Signed());
    ShardFigures figures;
    figures.documents = in.Signed();
    figures.deleted = in.Signed();
    figures.bytes = in.Signed();
    figures.max_seq_no = in.Signed();
    ActivityFigures::ForEach(figures.activity, [&](std::int64_t& figure) { figure = in.Signed(); });
    if (in.ok()) stats.shards[{std::move(uuid), number}] = figures;
  }
  return in.ok() ? Status() : base::Internal("malformed figures of shards");
}

}  // namespace

void Ask(Node& node, const std::vector<std::string>& names, tasks::OriginPtr origin, Done done) {
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
                .timeout_millis = ListTimeoutMillis(node)},
               [fan_out, done = std::move(done)](const std::vector<FanOut::Answer>& answers) {
                 auto stats = std::make_shared<ShardStats>();
                 stats->state = fan_out->state();
                 for (const FanOut::Answer& answer : answers) {
                   Status why = answer.status;
                   if (answer.result) why.Update(TakeApart(*answer.result, *stats));
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
