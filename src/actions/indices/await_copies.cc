#include "actions/indices/await_copies.h"

#include <algorithm>

#include "actions/bulk/params.h"
#include "actions/cluster_health/copies.h"
#include "actions/state_ack.h"

namespace actions::indices {

namespace {

constexpr std::string_view kWaitSetting = "index.write.wait_for_active_shards";

int Wanted(const cluster::IndexMetadata& index, const std::optional<int>& copies) {
  const auto of_index = bulk::ParseActiveShards(cluster::SettingOr(index.settings, kWaitSetting));
  const int wanted = copies.value_or(of_index.ok() ? *of_index : 1);
  return wanted == bulk::kAllCopies ? 1 + index.number_of_replicas : wanted;
}

bool AreActive(const Node& node, const cluster::ClusterState& state,
               const cluster::IndexMetadata& index, int wanted) {
  if (wanted <= 0) return true;
  std::vector<int> active(static_cast<std::size_t>(index.number_of_shards));
  for (const auto& copy : cluster_health::CopiesOf(node, state, index))
    active[static_cast<std::size_t>(copy.shard)] += copy.assigned() ? 1 : 0;
  return std::ranges::all_of(active, [wanted](int copies) { return copies >= wanted; });
}

// Everything on the loop, so that a stop, a new state and the timer come one after the other.
class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  using Done = std::function<void(bool applied, bool enough)>;

  Waiting(Node& node, tasks::RunningTask task, AwaitedCopies awaited, Done done)
      : node_(node), task_(std::move(task)), awaited_(std::move(awaited)), done_(std::move(done)) {}

  void Begin() {
    if (Enough()) return End(true);
    shown_.emplace(*task_, "active copies");
    timer_ =
        node_.loop.At(node_.clock.MonotonicNanos() + awaited_.timeout.nanos(),
                      [self = shared_from_this()] { self->End(self->task_ && self->Enough()); });
    hook_.emplace(*task_, node_.loop, weak_from_this(), [](Waiting& it) { it.End(false); });
    Look();
  }

 private:
  bool Enough() const {
    const cluster::StatePtr state = node_.cluster.state();
    return std::ranges::all_of(awaited_.indices, [&](const auto& entry) {
      const cluster::IndexPtr index = state->FindIndex(entry.first);
      return !index || index->uuid != entry.second ||
             AreActive(node_, *state, *index, Wanted(*index, awaited_.copies));
    });
  }

  void Look() {
    if (!task_) return;
    // First the number: a state that comes while we look is the next one.
    const std::uint64_t next = node_.cluster.state()->sequence + 1;
    if (Enough()) return End(true);
    waiter_ = node_.cluster.WhenApplied(next, [weak = weak_from_this(), &loop = node_.loop] {
      loop.Post([weak] {
        if (const auto self = weak.lock()) self->Look();
      });
    });
  }

  void End(bool enough) {
    if (!task_) return;
    node_.cluster.Forget(waiter_);
    node_.loop.Cancel(timer_);
    shown_.reset();
    tasks::RunningTask task = std::move(task_);
    hook_.reset();
    if (task->Checkpoint().ok()) {
      return FinishWhenApplied(node_, std::move(task),
                               [done = std::move(done_), enough](bool all) { done(all, enough); });
    }
    std::move(task).Finish(tasks::End());
    done_(true, enough);
  }

  Node& node_;
  tasks::RunningTask task_;  // null once it has ended
  const AwaitedCopies awaited_;
  Done done_;
  std::optional<tasks::Waiting> shown_;
  tasks::Loop::TimerId timer_{};
  std::uint64_t waiter_ = 0;
  std::optional<tasks::StopHook> hook_;
};

}  // namespace

void FinishWithCopies(Node& node, tasks::RunningTask task, AwaitedCopies awaited,
                      std::function<void(bool applied, bool enough)> done) {
  const auto waiting =
      std::make_shared<Waiting>(node, std::move(task), std::move(awaited), std::move(done));
  node.loop.Post([waiting] { waiting->Begin(); });
}

}  // namespace actions::indices
