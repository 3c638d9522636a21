// cluster/index/index_states.h
//
// Closing and opening indices, and blocks that are added to them: each makes a new `state` and says
// what to write, for ClusterService::Apply(). A closed index keeps its shards where they are; no
// node has them open.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster_service.h"

namespace cluster {

// `names` without those that already are as they should be.
struct IndexStateChange {
  std::vector<std::string> names;
  ClusterService::Changes changes;
};

// Ends moves of their shards. 403 if blocks are in the way, 404 for an index that has gone.
base::Result<IndexStateChange> CloseIndices(ClusterState& state,
                                            const std::vector<std::string>& names,
                                            std::int64_t wall_millis);
// Also 400 if there is no room for so many shards.
base::Result<IndexStateChange> OpenIndices(ClusterState& state,
                                           const std::vector<std::string>& names,
                                           std::int64_t wall_millis);
// `setting` as BlockSetting() gives it.
base::Result<IndexStateChange> AddBlock(ClusterState& state, const std::vector<std::string>& names,
                                        std::string_view setting);

}  // namespace cluster
