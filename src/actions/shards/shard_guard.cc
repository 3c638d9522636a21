#include "actions/shards/shard_guard.h"

#include "cluster/index/index_blocks.h"

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

void ObeyBlocks(engine::Shard& shard, const cluster::IndexMetadata& index,
                tasks::TaskRegistry& registry) {
  const std::uint64_t by = shard.blocked_by();
  const bool blocked = !cluster::CheckBlocks(index, cluster::Access::kErase).ok();
  if (blocked && by == 0) EndWrites(shard, kBySettings, registry);
  if (!blocked && by == kBySettings) shard.Unblock();
}

}  // namespace actions
