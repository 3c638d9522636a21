#include "actions/shards/find_shard.h"

#include "base/log.h"

namespace actions {

base::Result<std::shared_ptr<engine::Shard>> FindShard(Node& node, tasks::TaskContext& task,
                                                       const std::string& index_uuid, int number) {
  if (auto shard = node.shards.Find(index_uuid, number)) return shard;
  tasks::Phase phase(task, "catch up");
  const base::Status read = node.cluster.CatchUp(task);
  RETURN_IF_ERROR(task.Checkpoint());
  if (!read.ok()) base::log::Debug("shards", "no news of the cluster", {{"error", read}});
  if (auto shard = node.shards.Find(index_uuid, number)) return shard;
  const cluster::StatePtr state = node.cluster.state();
  for (const auto& [name, index] : state->indices) {
    const bool moved = index->uuid == index_uuid && index->open && number >= 0 &&
                       number < index->number_of_shards &&
                       !index->LivesOn(node.registry.node_id(), number);
    if (moved) return engine::ShardMoves(name, number);
  }
  return std::shared_ptr<engine::Shard>();
}

base::Status NoShardAvailable(const std::string& index, int number) {
  return base::Status(503, "no_shard_available_action_exception",
                      "No shard available for [" + index + "][" + std::to_string(number) + "]");
}

}  // namespace actions
