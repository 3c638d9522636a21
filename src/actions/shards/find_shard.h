// actions/shards/find_shard.h
//
// A shard that a request of another node names. Threads: a pool's; may wait for the metadata store.

#pragma once

#include "actions/node.h"

namespace actions {

// The shard as it is here. One that is not known here may be newer than what this node has heard of
// the cluster: that is read first. Null: it is gone. cluster::IndexClosed() if its index is closed,
// NoShardAvailable() with the reason if it could not be opened, engine::ShardMoves() if it lives
// elsewhere. Cancelled if the task has to stop.
base::Result<std::shared_ptr<engine::Shard>> FindShard(Node& node, tasks::TaskContext& task,
                                                       const std::string& index_uuid, int number);

// Nobody reads it: its node is not there, or could not open it. 503.
base::Status NoShardAvailable(const std::string& index, int number, const base::Status& why = {});

}  // namespace actions
