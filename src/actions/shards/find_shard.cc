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
  return node.shards.Find(index_uuid, number);
}

}  // namespace actions
