#include "actions/node_stats/ask.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "actions/indices/on_shard.h"
#include "actions/live_settings.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/list_node.h"

namespace actions::node_stats {

namespace {

using tasks_list::FanOut;

struct ActionNames {
  std::string_view request, node;
};
// By About.
constexpr std::array<ActionNames, 4> kNames = {{
    {"cluster:monitor/nodes/info", "cluster:monitor/nodes/info[n]"},
    {"cluster:monitor/nodes/stats", "cluster:monitor/nodes/stats[n]"},
    {"cluster:monitor/stats", "cluster:monitor/stats[n]"},
    {"cluster:monitor/nodes/usage", "cluster:monitor/nodes/usage[n]"},
}};

// The kind of task that OpenSearch watches, too.
constexpr std::string_view kSearchOnShard = indices::kCount.shard;

std::int64_t CountLate(const Node& node) {
  const std::int64_t since = node.clock.MonotonicNanos() - node.metrics.late().after_nanos;
  const tasks::TaskFilter filter{.actions = {std::string(kSearchOnShard)}};
  tasks::TaskRegistry::Cursor cursor;
  std::int64_t late = 0;
  for (auto page = node.registry.NextPage(cursor, filter); !page.empty();
       page = node.registry.NextPage(cursor, filter)) {
    late += std::ranges::count_if(page, [since](const tasks::TaskPtr& task) {
      const auto stop = task->stop();
      return stop && stop->at_nanos <= since;
    });
  }
  return late;
}

void GatherPools(const Node& node, NodeFigures& figures) {
  const Pools& pools = node.pools;
  for (const tasks::ThreadPool* pool : {&pools.coordinator, &pools.generic, &pools.get,
                                        &pools.management, &pools.task_api, &pools.write}) {
    const tasks::ThreadPool::Stats stats = pool->stats();
    const auto found = node.settings.pool_bounds.find(pool->name());
    const PoolBounds bounds =
        found == node.settings.pool_bounds.end() ? PoolBounds() : found->second;
    figures.pools.push_back({.name = pool->name(),
                             .scaling = pool == &pools.coordinator,
                             .threads = stats.threads,
                             .queue = static_cast<std::int64_t>(stats.queue),
                             .active = stats.active,
                             .rejected = stats.rejected,
                             .largest = stats.largest,
                             .completed = stats.completed,
                             .max_threads = bounds.threads,
                             .max_queue = bounds.queue});
  }
}

void GatherBreakers(const tasks::MemoryAccount& account, NodeFigures& figures) {
  const auto add = [&figures](std::string_view name, const tasks::MemoryAccount::Figures& of) {
    const bool limited = of.limit != tasks::MemoryAccount::kUnlimited;
    figures.breakers.push_back({.name = std::string(name),
                                .limit = limited ? of.limit : -1,
                                .estimated = of.reserved,
                                .tripped = of.tripped});
  };
  for (const tasks::Breaker breaker :
       {tasks::Breaker::kRequest, tasks::Breaker::kInFlightRequests}) {
    add(tasks::MemoryAccount::Name(breaker), account.breaker(breaker));
  }
  add("parent", account.parent());
}

void GatherShards(const Node& node, bool each, NodeFigures& figures) {
  const cluster::StatePtr state = node.cluster.state();
  for (const auto& shard : node.shards.All()) {
    const auto& of = shard->options();
    const cluster::IndexPtr index = state->FindIndex(of.index);
    const ShardFigures now = FiguresOf(node, *shard, index);
    figures.shards.Add(now);
    if (each) figures.by_shard.emplace(KeyOfShard(of.index_uuid, of.number), now);
    figures.commits.Add(shard->write_stats().commits);
  }
  for (const auto& [name, index] : state->indices) {
    figures.shards.coming += std::ranges::count_if(
        index->moves, [&](const auto& move) { return move.second.target == state->local_id; });
  }
}

NodeFigures Gather(const Node& node, const Parts& parts, const Connections& connections) {
  NodeFigures figures;
  figures.wall_millis = node.clock.WallMillis();
  if (parts.host) {
    figures.host = ReadHost(node.settings.data_path);
    figures.host.disk_full = node.store.disk_is_full();
    figures.data_path = DataPath(node);
    figures.max_content_length = static_cast<std::int64_t>(node.settings.max_content_length);
    figures.http = connections;
    figures.write_buffer = node.settings.write_buffer_bytes;
    GatherPools(node, figures);
    if (node.registry.memory()) GatherBreakers(*node.registry.memory(), figures);
  }
  if (parts.settings) figures.settings = node.settings.shown;
  if (parts.shards) {
    GatherShards(node, parts.each_shard, figures);
  }
  if (parts.cancels) {
    figures.cancels = node.metrics.snapshot();
    // Those that ended late are counted at their end, so nothing has to be sampled.
    figures.late_now = CountLate(node);
    const auto ended = figures.cancels.late.find(std::string(kSearchOnShard));
    figures.late_in_all = (ended == figures.cancels.late.end() ? 0 : ended->second) +
                          (node.metrics.late().counted ? figures.late_now : 0);
  }
  return figures;
}

Answer TakeApart(const FanOut& fan_out, std::vector<FanOut::Answer> answers) {
  Answer answer{.state = fan_out.state(), .nodes = {}, .figures = {}, .failures = {}};
  for (FanOut::Answer& of : answers) {
    base::Status why = of.status;
    if (of.result) {
      auto figures = DecodeFigures(*of.result);
      why.Update(figures.status());
      if (figures.ok()) answer.figures.emplace(of.node_id, *std::move(figures));
    }
    if (why.ok()) {
      answer.nodes.push_back(of.node_id);
    } else {
      answer.failures.push_back({of.node_id, why});
    }
  }
  return answer;
}

}  // namespace

std::string DataPath(const Node& node) {
  std::error_code unknown;
  return std::filesystem::absolute(node.settings.data_path, unknown).string();
}

ShardFigures FiguresOf(const Node& node, const engine::Shard& shard,
                       const cluster::IndexPtr& index) {
  const auto& of = shard.options();
  const bool leaves = index && index->uuid == of.index_uuid && index->MoveOf(of.number);
  return {.documents = shard.refreshed_documents(),
          .deleted = shard.deleted_documents(),
          .bytes = static_cast<std::int64_t>(shard.store_bytes()),
          .unrefreshed = std::max<std::int64_t>(shard.max_seq_no() - shard.refreshed_seq_no(), 0),
          .leaving = leaves ? 1 : 0,
          .coming = 0,
          .max_seq_no = shard.max_seq_no(),
          .activity = node.shards.FiguresOf(shard)};
}

void Ask(Node& node, Question question, Done done) {
  const ActionNames& names = kNames[static_cast<std::size_t>(question.about)];
  tasks::TaskSpec spec{.action = names.request};
  spec.cancellable = false;
  spec.not_cancellable_because = tasks_list::kOnlyLooks;
  spec.origin = std::move(question.origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());

  const auto fan_out = std::make_shared<FanOut>(node, *std::move(task), node.cluster.state());
  FanOut::Question ask{.action = names.node,
                       .nodes = question.nodes,
                       .payload = Encode(question.parts),
                       .timeout_millis = question.timeout_millis.value_or(ListTimeoutMillis(node))};
  if (!question.parts.any()) ask.nodes.clear();
  fan_out->Ask(std::move(ask),
               [fan_out, asked = question.parts.any(), all = std::move(question.nodes),
                done = std::move(done)](std::vector<FanOut::Answer> answers) {
                 auto answer = std::make_shared<Answer>(TakeApart(*fan_out, std::move(answers)));
                 if (!asked) answer->nodes = all;
                 fan_out->Finish(tasks::End(), [answer, done] { done(std::move(*answer)); });
               });
}

void Register(Node& node, std::function<Connections()> connections, std::function<Usage()> usage) {
  const auto describe = [](const tasks::StartRequest&, tasks::TaskSpec& spec) {
    spec.cancellable = false;
    spec.not_cancellable_because = tasks_list::kOnlyLooks;
  };
  const auto tell = [&node, connections = std::move(connections), usage = std::move(usage)](
                        tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
    node.pools.management.Submit(std::move(task),
                                 [&node, connections, usage, inbound](tasks::TaskContext&) {
                                   const auto parts = DecodeParts(inbound->request().payload);
                                   if (!parts.ok()) return tasks::End(parts.status());
                                   NodeFigures figures = Gather(node, *parts, connections());
                                   if (parts->usage && usage) figures.usage = usage();
                                   return tasks::End({}, Encode(figures));
                                 });
  };
  for (const ActionNames& names : kNames) {
    node.action_table.Add(names.node, describe, tell, tasks::Reach::kOwnNode);
  }
}

}  // namespace actions::node_stats
