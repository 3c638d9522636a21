#include "actions/cluster_health/health.h"

#include <algorithm>

#include "actions/cluster_health/copies.h"
#include "cluster/index/index_blocks.h"

namespace actions::cluster_health {

namespace {

constexpr std::string_view kHealth = "cluster:monitor/health";
constexpr std::int64_t kLookAgainNanos = 20'000'000;

ShardHealth HealthOfShard(const Node& node, const cluster::ClusterState& state,
                          const cluster::IndexMetadata& index, std::size_t shard) {
  const std::string& home = index.shard_nodes[shard];
  const bool opened = !WhyNotOpen(node, state, index, static_cast<int>(shard));
  ShardHealth health;
  health.primary_active = state.nodes.contains(home) && opened;
  health.active = health.primary_active ? 1 : 0;
  health.relocating = index.MoveOf(static_cast<int>(shard)) != nullptr ? health.active : 0;
  health.unassigned = 1 + index.number_of_replicas - health.active;
  // Its documents can be read, but for now nothing can be written.
  const bool stopped = home == state.local_id && !node.store.trouble().error.empty();
  if (!health.primary_active || stopped) {
    health.color = Color::kRed;
  } else if (health.unassigned > 0) {
    health.color = Color::kYellow;
  }
  return health;
}

IndexHealth HealthOfIndex(const Node& node, const cluster::ClusterState& state,
                          const cluster::IndexMetadata& index) {
  IndexHealth health;
  health.name = index.name;
  health.shards = index.number_of_shards;
  health.replicas = index.number_of_replicas;
  for (std::size_t i = 0; i < index.shard_nodes.size(); ++i) {
    const ShardHealth shard = HealthOfShard(node, state, index, i);
    health.color = std::max(health.color, shard.color);
    health.active_primaries += shard.active;
    health.active += shard.active;
    health.relocating += shard.relocating;
    health.unassigned += shard.unassigned;
    health.of_shard.push_back(shard);
  }
  return health;
}

std::vector<std::string> ProblemsOf(const Node& node, const cluster::ClusterState& state) {
  std::vector<std::string> problems;
  const auto full = std::ranges::count_if(state.indices, [](const auto& entry) {
    return cluster::BoolSetting(entry.second->settings, cluster::kFloodBlock);
  });
  if (full > 0) {
    problems.push_back("[" + std::to_string(full) +
                       "] indices take no documents, a disk of theirs is above the flood stage: "
                       "GET /_cat/allocation shows it; delete indices or documents");
  }
  if (const auto trouble = node.store.trouble(); !trouble.error.empty()) {
    problems.push_back("this node takes no writes after an error [" + trouble.error + "]");
  }
  if (!state.unreadable.empty()) {
    problems.push_back("[" + std::to_string(state.unreadable.size()) +
                       "] records of the metadata cannot be read: the log names them");
  }
  return problems;
}

double ActivePercent(const Node& node, const cluster::ClusterState& state) {
  int active = 0, wanted = 0;
  for (const auto& [name, index] : state.indices) {
    const IndexHealth health = HealthOfIndex(node, state, *index);
    active += health.active;
    wanted += health.active + health.unassigned;
  }
  return wanted == 0 ? 100.0 : 100.0 * active / wanted;
}

class HealthWait : public std::enable_shared_from_this<HealthWait> {
 public:
  HealthWait(Node& node, tasks::RunningTask task, Wish wish, HealthDone done)
      : node_(node),
        task_(std::move(task)),
        wish_(std::move(wish)),
        due_(node.clock.MonotonicNanos() + wish_.timeout_millis * 1'000'000),
        done_(std::move(done)) {}

  void Look() {
    if (base::Status stopped = task_->Checkpoint(); !stopped.ok()) return Finish(stopped);
    Resolve();
    Health health = HealthOf(node_, names_.ok() ? *names_ : std::vector<std::string>());
    if (names_.ok() && Fulfils(health)) return Finish(std::move(health));
    if (wish_.timeout_millis >= 0 && node_.clock.MonotonicNanos() >= due_) {
      health.timed_out = true;
      if (!names_.ok()) health.color = Color::kRed;
      return Finish(std::move(health));
    }
    node_.loop.At(node_.clock.MonotonicNanos() + kLookAgainNanos,
                  [self = shared_from_this()] { self->LookAgain(); });
  }

 private:
  // Names may take long to resolve, so not on the loop.
  void LookAgain() {
    if (node_.cluster.state() == state_) return Look();
    node_.pools.coordinator.Yield(std::move(task_),
                                  [self = shared_from_this()](tasks::RunningTask task) {
                                    self->task_ = std::move(task);
                                    self->Look();
                                  });
  }

  void Resolve() {
    const cluster::StatePtr state = node_.cluster.state();
    if (state == state_) return;
    state_ = state;
    cluster::IndexOptions options = wish_.options;
    options.task = task_.context().get();
    names_ = cluster::ResolveIndices(*state, wish_.indices, options);
  }

  bool Fulfils(const Health& health) const {
    const int wanted = health.active + health.unassigned;
    const int shards = wish_.active_shards.value_or(0);
    return (!wish_.at_least || health.color <= *wish_.at_least) &&
           (!wish_.nodes || wish_.nodes(health.nodes)) &&
           (!wish_.none_relocating || health.relocating == 0) &&
           health.active >= (shards < 0 ? wanted : shards);
  }

  void Finish(base::Result<Health> health) {
    std::move(task_).Finish(tasks::End(health.status()));
    done_(std::move(health));
  }

  Node& node_;
  tasks::RunningTask task_;
  const Wish wish_;
  const std::int64_t due_;
  const HealthDone done_;
  cluster::StatePtr state_;  // that names_ are of; this and the next: one look at a time
  base::Result<std::vector<std::string>> names_ = std::vector<std::string>();
};

}  // namespace

std::string_view ColorName(Color color) {
  if (color == Color::kGreen) return "green";
  return color == Color::kYellow ? "yellow" : "red";
}

Health HealthOf(const Node& node, const std::vector<std::string>& names) {
  const cluster::StatePtr state = node.cluster.state();
  Health health;
  health.nodes = static_cast<int>(state->nodes.size());
  health.data_nodes = static_cast<int>(std::ranges::count_if(
      state->nodes, [](const auto& entry) { return entry.second.HasRole("data"); }));
  health.has_manager = !state->manager_id.empty();
  for (const std::string& name : names) {
    const cluster::IndexPtr index = state->FindIndex(name);
    if (index == nullptr) continue;
    IndexHealth of_index = HealthOfIndex(node, *state, *index);
    health.color = std::max(health.color, of_index.color);
    health.active_primaries += of_index.active_primaries;
    health.active += of_index.active;
    health.relocating += of_index.relocating;
    health.unassigned += of_index.unassigned;
    health.indices.push_back(std::move(of_index));
  }
  // Nobody knows how many shards belong to a record that cannot be read.
  if (!state->unreadable.empty()) health.color = Color::kRed;
  health.problems = ProblemsOf(node, *state);
  if (health.color != Color::kGreen) health.active_percent = ActivePercent(node, *state);
  return health;
}

tasks::TaskPtr Await(Node& node, Wish wish, tasks::OriginPtr origin, HealthDone done) {
  tasks::TaskSpec spec;
  spec.action = kHealth;
  spec.cancellable = false;
  spec.not_cancellable_because =
      "it changes nothing, holds no thread while it waits, and ends with its timeout or its client";
  spec.origin = std::move(origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status()), nullptr;
  const tasks::TaskPtr context = task->context();
  std::make_shared<HealthWait>(node, *std::move(task), std::move(wish), std::move(done))->Look();
  return context;
}

}  // namespace actions::cluster_health
