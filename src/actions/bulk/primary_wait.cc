#include "actions/bulk/primary_wait.h"

#include <optional>

namespace actions::bulk {

namespace {

// Everything on the loop.
class PrimaryWait : public std::enable_shared_from_this<PrimaryWait> {
 public:
  PrimaryWait(Node& node, AwaitedPrimary awaited, std::function<void(tasks::Peer*)> tell)
      : node_(node), awaited_(std::move(awaited)), tell_(std::move(tell)) {}

  void Begin(tasks::TaskContext& task) {
    const auto self = shared_from_this();
    timer_ = node_.loop.At(awaited_.due_nanos, [self] { self->Tell(nullptr); });
    hook_.emplace(task, node_.loop, weak_from_this(),
                  [](PrimaryWait& wait) { wait.Tell(nullptr); });
    if (node_.clock.MonotonicNanos() >= awaited_.not_before_nanos) return Look();
    node_.loop.At(awaited_.not_before_nanos, [weak = weak_from_this()] {
      if (const auto held = weak.lock()) held->Look();
    });
  }

 private:
  void Look() {
    if (!tell_) return;
    // First the number: a state that comes while we look is the next one.
    const std::uint64_t next = node_.cluster.state()->sequence + 1;
    if (tasks::Peer* const peer = FindPrimary(node_, *awaited_.index, awaited_.shard))
      return Tell(peer);
    if (IsGone(node_, *awaited_.index)) return Tell(nullptr);
    waiter_ = node_.cluster.WhenApplied(next, [weak = weak_from_this(), &loop = node_.loop] {
      loop.Post([weak] {
        if (const auto self = weak.lock()) self->Look();
      });
    });
  }

  void Tell(tasks::Peer* peer) {
    if (!tell_) return;
    const auto tell = std::exchange(tell_, nullptr);
    node_.cluster.Forget(waiter_);
    node_.loop.Cancel(timer_);
    hook_.reset();
    tell(peer);
  }

  Node& node_;
  const AwaitedPrimary awaited_;
  std::function<void(tasks::Peer*)> tell_;  // null once it has told
  tasks::Loop::TimerId timer_{};
  std::uint64_t waiter_ = 0;
  std::optional<tasks::StopHook> hook_;
};

}  // namespace

namespace {

// As it is now; null if it is gone.
cluster::IndexPtr Now(Node& node, const cluster::IndexMetadata& index) {
  cluster::IndexPtr now = node.cluster.state()->FindIndex(index.name);
  return now && now->uuid == index.uuid ? now : nullptr;
}

}  // namespace

bool IsGone(Node& node, const cluster::IndexMetadata& index) { return !Now(node, index); }

tasks::Peer* FindPrimary(Node& node, const cluster::IndexMetadata& index, int number) {
  const cluster::IndexPtr now = Now(node, index);
  if (!now) return nullptr;
  return node.peers.Find(now->shard_nodes[static_cast<std::size_t>(number)]);
}

void AwaitPrimary(Node& node, tasks::TaskContext& task, AwaitedPrimary awaited,
                  std::function<void(tasks::Peer*)> tell) {
  const auto wait = std::make_shared<PrimaryWait>(node, std::move(awaited), std::move(tell));
  node.loop.Post([wait, task = task.shared_from_this()] { wait->Begin(*task); });
}

}  // namespace actions::bulk
