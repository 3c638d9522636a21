#include "actions/moves/mover.h"

#include <atomic>
#include <mutex>
#include <set>

#include "actions/moves/recovery.h"
#include "actions/moves/source.h"
#include "actions/run_task.h"
#include "base/log.h"
#include "cluster/allocation.h"
#include "cluster/records.h"

namespace actions::moves {

using base::Status;
using cluster::ClusterService;

namespace {

constexpr std::string_view kPlan = "internal:cluster/routing/moves";
constexpr int kNice = 10;
constexpr std::int64_t kSoonNanos = 5'000'000;

Status Plan(Node& node, tasks::TaskContext& task) {
  return node.cluster.Apply(
      task, [](cluster::ClusterState& state) -> base::Result<ClusterService::Changes> {
        ClusterService::Changes changes;
        if (state.manager_id != state.local_id) return changes;
        for (const cluster::IndexPtr& index : cluster::PlanMoves(state))
          changes.push_back(cluster::IndexRecord(*index));
        return changes;
      });
}

}  // namespace

struct Mover::State : std::enable_shared_from_this<State> {
  State(Node& of, Options with)
      : node(of),
        options(with),
        source(std::make_shared<Source>(of, with.blocked_nanos)),
        pool({.name = "recovery",
              .runs = tasks::ThreadPool::Runs::kCoordinators,
              .threads = cluster::kMovesOfNode,
              .nice = kNice},
             of.loop) {}

  void After(std::int64_t nanos, std::function<void(State&)> work) {
    node.loop.At(node.clock.MonotonicNanos() + nanos,
                 [weak = weak_from_this(), work = std::move(work)] {
                   if (const auto self = weak.lock()) work(*self);
                 });
  }

  // At the state `sequence`, or a newer one: it is told of before it is seen.
  void Look(std::uint64_t sequence) {
    const cluster::StatePtr now = node.cluster.state();
    if (now->sequence < sequence)
      return After(kSoonNanos, [sequence](State& self) { self.Look(sequence); });
    source->OnState(*now);
    RecoverWhatComes(*now);
    PlanIfNeeded(*now);
  }

  void PlanIfNeeded(const cluster::ClusterState& now) {
    if (now.manager_id != now.local_id) return;
    cluster::ClusterState copy = now;
    if (cluster::PlanMoves(copy).empty() || planning.exchange(true)) return;
    tasks::TaskSpec spec;
    spec.action = kPlan;
    spec.task_class = tasks::TaskClass::kBackground;
    RunTask(
        node, node.pools.generic, std::move(spec),
        [&of = node](tasks::TaskContext& task) { return tasks::End(Plan(of, task)); },
        [weak = weak_from_this()](const tasks::End& end) {
          const auto self = weak.lock();
          if (!self) return;
          self->planning = false;
          // What has come meanwhile was not looked at.
          self->After(end.error.ok() ? 0 : self->options.again_nanos,
                      [](State& of_it) { of_it.PlanIfNeeded(*of_it.node.cluster.state()); });
        });
  }

  void RecoverWhatComes(const cluster::ClusterState& now) {
    for (const auto& [name, index] : now.indices) {
      for (const auto& [number, move] : index->moves) {
        if (move.target != now.local_id) continue;
        std::unique_lock lock(mutex);
        if (!coming.insert(move.key).second) continue;
        lock.unlock();
        Begin({name, index->uuid, number, move.key});
      }
    }
  }

  void Begin(const OneMove& move) {
    tasks::TaskSpec spec;
    spec.action = kRecovery;
    spec.task_class = tasks::TaskClass::kBackground;
    spec.description = "[" + move.index + "][" + std::to_string(move.shard) + "] moves here";
    spec.indices = {move.index};
    RunTask(
        node, pool, std::move(spec),
        [&of = node, move](tasks::TaskContext& task) {
          return tasks::End(Recover(of, task, move));
        },
        [weak = weak_from_this(), move](const tasks::End& end) {
          if (const auto self = weak.lock()) self->Ended(move, end);
        });
  }

  void Ended(const OneMove& move, const tasks::End& end) {
    if (end.error.ok()) {
      std::lock_guard lock(mutex);
      coming.erase(move.key);
      return;
    }
    base::log::Warn("moves", "a shard has not come yet",
                    {{"index", move.index}, {"shard", move.shard}, {"error", end.error}});
    After(options.again_nanos, [move](State& self) { self.Begin(move); });
  }

  Node& node;
  const Options options;
  const std::shared_ptr<Source> source;
  std::atomic<bool> planning = false;
  std::mutex mutex;
  std::set<std::uint64_t> coming;  // guarded by mutex; moves whose target is this node
  tasks::ThreadPool pool;          // last: works on the above
};

Mover::Mover(Node& node, Options options) : state_(std::make_shared<State>(node, options)) {
  state_->source->Register();
}
Mover::~Mover() { Stop(); }

void Mover::OnState(const cluster::StatePtr& now) {
  state_->After(0, [sequence = now->sequence](State& state) { state.Look(sequence); });
}

void Mover::Stop() { state_->pool.Stop(); }

}  // namespace actions::moves
