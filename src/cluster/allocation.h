// cluster/allocation.h
//
// On which nodes shards are placed. Threads: pure functions.

#pragma once

#include "cluster/cluster_state.h"

namespace cluster {

// Whether shards may be on `node`: a data node that cluster.routing.allocation.exclude.*,
// include.* and require.* let have them. These name attributes of nodes, or _name, _id, _ip and
// _host, with patterns separated by commas.
bool MayHoldShards(const ClusterState& state, const NodeInfo& node);

// Places the shards of a new index: each on the node that may hold it and has the fewest of this
// cluster's, the first one among equals; on none, "", if there is none.
void PlaceShards(const ClusterState& state, IndexMetadata& index);

}  // namespace cluster
