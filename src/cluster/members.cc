#include "cluster/members.h"

#include <algorithm>
#include <thread>

#include "base/log.h"

namespace cluster {

using base::Status;

namespace {

constexpr std::string_view kIsPrompt =
    "it is one conditional write, bounded by the store's time-out";

std::string ValueOf(const NodeInfo& node) { return std::to_string(node.incarnation); }

Status Duplicate(const NodeInfo& local) {
  return {500, "duplicate_node_id_exception",
          "another live node has the id [" + local.id +
              "] of this data directory; is it a copy? Start this node with a directory of its own "
              "(-E path.data=…)"};
}

}  // namespace

Members::Members(ClusterService& service, Heartbeats& board, tasks::TaskRegistry& registry,
                 Options options)
    : service_(service),
      board_(board),
      registry_(registry),
      options_(std::move(options)),
      loop_(registry.clock()) {}

Members::~Members() { Stop(); }

Status Members::CheckUnique(Heartbeats& board, const ClusterState& state, const NodeInfo& local,
                            const Options& options) {
  const auto recorded = state.nodes.find(local.id);
  if (recorded == state.nodes.end()) return {};
  // Its port is ours by now, so it is gone.
  if (recorded->second.transport_address == local.transport_address) return {};
  ASSIGN_OR_RETURN(auto beats, board.Read());
  const std::uint64_t revision = beats[local.id].revision;
  if (revision == 0) return {};
  const auto due =
      std::chrono::steady_clock::now() + std::chrono::nanoseconds(options.beat_nanos) * 3;
  while (std::chrono::steady_clock::now() < due) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(options.beat_nanos) / 10);
    ASSIGN_OR_RETURN(beats, board.Read());
    if (beats[local.id].revision != revision) return Duplicate(local);
  }
  return {};
}

void Members::Start() {
  // Safe: the destructor stops our own loop first.
  loop_.Post([this] { BeatAndAgain(); });
}

void Members::Stop() { loop_.Stop(); }

void Members::BeatAndAgain() {
  const std::int64_t next = registry_.clock().MonotonicNanos() + options_.beat_nanos;
  Beat();
  loop_.At(next, [this] { BeatAndAgain(); });  // Safe: as in Start().
}

void Members::Beat() {
  const StatePtr state = service_.state();
  const Status stored = board_.Put(state->local_id, ValueOf(state->own));
  CountGoodTime(stored.ok());
  if (!stored.ok()) return base::log::Debug("cluster", "no beat", {{"error", stored}});
  auto beats = board_.Read();
  if (beats.ok()) Judge(*beats);
}

// What passed between two beats counts if both were taken; a pause of ours does not.
void Members::CountGoodTime(bool stored) {
  const std::int64_t now = registry_.clock().MonotonicNanos();
  if (stored && last_stored_ != 0)
    good_nanos_ += std::min(now - last_stored_, 2 * options_.beat_nanos);
  last_stored_ = stored ? now : 0;
}

void Members::Judge(const std::map<std::string, Heartbeats::Beat>& beats) {
  const StatePtr state = service_.state();
  std::vector<ClusterService::Process> dead;
  std::map<std::string, Seen> seen;
  for (const auto& [id, node] : state->nodes) {
    const auto beat = beats.find(id);
    const std::uint64_t revision = beat == beats.end() ? 0 : beat->second.revision;
    const auto before = seen_.find(id);
    const bool still = before != seen_.end() && before->second.revision == revision;
    seen[id] = still ? before->second : Seen{revision, good_nanos_};
  }
  seen_ = std::move(seen);
  for (const auto& [id, node] : state->nodes) {
    if (id != state->local_id && IsDead(id)) dead.push_back({id, node.incarnation});
  }
  Act(*state, dead);
}

bool Members::IsDead(const std::string& node_id) const {
  const auto found = seen_.find(node_id);
  return found != seen_.end() && good_nanos_ - found->second.at >= options_.dead_after_nanos;
}

void Members::Act(const ClusterState& state, const std::vector<ClusterService::Process>& dead) {
  const auto own = state.nodes.find(state.local_id);
  if (own != state.nodes.end() && own->second.incarnation != state.own.incarnation) {
    // It joined after us, under our id.
    if (!std::exchange(told_, true) && options_.on_duplicate) options_.on_duplicate();
    return;
  }
  if (own == state.nodes.end()) {
    Change("internal:cluster/coordination/join", "joining again",
           [this](tasks::TaskContext& task) { return service_.PutLocal(task); });
  }
  const bool headless = !state.nodes.contains(state.manager_id) || IsDead(state.manager_id);
  if (headless && state.own.HasRole("cluster_manager")) {
    Change(
        "internal:cluster/coordination/start_manager", "instead of [" + state.manager_id + "]",
        [&](tasks::TaskContext& task) { return service_.BecomeManager(task, state.manager_id); });
  }
  if (dead.empty() || service_.state()->manager_id != state.local_id) return;
  std::string names;
  for (const auto& process : dead) names += "[" + process.node_id + "]";
  Change("internal:cluster/coordination/leave", "no beat of " + names,
         [&](tasks::TaskContext& task) { return service_.RemoveNodes(task, dead); });
}

void Members::Change(std::string_view action, std::string description,
                     const std::function<Status(tasks::TaskContext&)>& change) {
  tasks::TaskSpec spec;
  spec.action = action;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = kIsPrompt;
  spec.description = description;
  auto task = registry_.Register(std::move(spec));
  if (!task.ok()) return;  // the node is shutting down
  const Status changed = change(**task);
  std::move(*task).Finish(tasks::End(changed));
  // It is tried every second while it fails: once is enough to say so.
  const std::string failure = changed.ok() ? std::string() : description + changed.reason();
  if (!changed.ok() && failure == failure_) return;
  failure_ = failure;
  const base::log::Level level = changed.ok() ? base::log::Level::kInfo : base::log::Level::kWarn;
  base::log::Write(level, "cluster", description, {{"error", changed}});
}

}  // namespace cluster
