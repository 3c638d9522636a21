#include "actions/shards/find_shard.h"

#include "base/log.h"

namespace actions {

namespace {

std::string NameOf(const cluster::ClusterState& state, const std::string& index_uuid) {
  for (const auto& [name, index] : state.indices) {
    if (index->uuid == index_uuid) return name;
  }
  return index_uuid;
}

}  // namespace

base::Result<std::shared_ptr<engine::Shard>> FindShard(Node& node, tasks::TaskContext& task,
                                                       const std::string& index_uuid, int number) {
  if (auto shard = node.shards.Find(index_uuid, number)) return shard;
  tasks::Phase phase(task, "catch up");
  const base::Status read = node.cluster.CatchUp(task);
  RETURN_IF_ERROR(task.Checkpoint());
  if (!read.ok()) base::log::Debug("shards", "no news of the cluster", {{"error", read}});
  if (auto shard = node.shards.Find(index_uuid, number)) return shard;
  const base::Status failed = node.shards.WhyNotOpen(index_uuid, number);
  const cluster::StatePtr state = node.cluster.state();
  if (!failed.ok()) return NoShardAvailable(NameOf(*state, index_uuid), number, failed);
  for (const auto& [name, index] : state->indices) {
    if (index->uuid == index_uuid && !index->open) return cluster::IndexClosed(*index);
    const bool moved = index->uuid == index_uuid && number >= 0 &&
                       number < index->number_of_shards &&
                       !index->LivesOn(node.registry.node_id(), number);
    if (moved) return engine::ShardMoves(name, number);
  }
  return std::shared_ptr<engine::Shard>();
}

base::Status NoShardAvailable(const std::string& index, int number, const base::Status& why) {
  std::string reason = "No shard available for [" + index + "][" + std::to_string(number) + "]";
  if (!why.ok()) reason += ": " + why.reason();
  base::Status status(503, "no_shard_available_action_exception", std::move(reason));
  return why.ok() ? status : status.CausedBy(why);
}

}  // namespace actions
