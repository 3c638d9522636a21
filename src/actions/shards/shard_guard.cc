#include "actions/shards/shard_guard.h"

namespace actions {

void EndWrites(engine::Shard& shard, std::uint64_t by, tasks::TaskRegistry& registry) {
  shard.Block(by);
  tasks::TaskSpec spec;
  spec.action = "internal:index/shard/end_writes";
  spec.task_class = tasks::TaskClass::kBackground;
  spec.cancellable = false;
  spec.not_cancellable_because = "it waits for a commit, which cannot be taken back";
  auto task = registry.Register(std::move(spec));
  if (!task.ok()) return;  // the node is on its way down
  const base::Status drained = shard.AwaitDrained(**task);
  (*std::move(task)).Finish(tasks::End(drained));
}

}  // namespace actions
