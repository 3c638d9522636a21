// cluster/index/shard_limit.h
//
// How many shards the cluster may have (cluster.max_shards_per_node). Threads: pure functions.

#pragma once

#include "cluster/cluster_state.h"

namespace cluster {

int DataNodes(const ClusterState& state);
// Shards of the index with their replicas.
std::int64_t Copies(const IndexMetadata& index);
// 400 validation_exception if there is no room for `more` shards. Those of closed indices do not
// count.
base::Status CheckRoom(const ClusterState& state, std::int64_t more);

}  // namespace cluster
