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
// Which filter, of the cluster's or of the index's own (index.routing.allocation.*), keeps the
// index's shards from `node`, in OpenSearch's words; empty: none does.
std::string WhyNotOn(const ClusterState& state, const IndexMetadata& index, const NodeInfo& node);

// A copy of a shard, as far as it matters where it may go.
struct CopyKind {
  bool primary = true;
  bool has_data = false;     // false: it has never been anywhere
  std::string primary_node;  // of a replica: where its primary is; empty: nowhere
};
// What keeps a copy from a node, as OpenSearch calls and explains it.
struct Decision {
  std::string_view decider;
  std::string explanation;
};
// cluster.routing.allocation.enable, or index.routing.allocation.enable where the index has it.
// Empty: such a copy may be placed, or moved if it has data.
std::string WhyNotEnabled(const ClusterState& state, const IndexMetadata& index,
                          const CopyKind& copy);
// All that keeps a copy that is nowhere from `node`; nothing: it may go there.
std::vector<Decision> WhyNotPlaced(const ClusterState& state, const IndexMetadata& index,
                                   const NodeInfo& node, const CopyKind& copy);
// Of each data node its place, from 1, in the order of how few shards they have.
std::map<std::string, int> WeightRanking(const ClusterState& state);

// Places the shards of a new index: each on the node that may hold it by all filters, whose disk is
// not above the high watermark, and that has the fewest of this cluster's shards, the first one
// among equals; on a fuller disk if all are above it; on none, "", if there is no node or
// WhyNotEnabled() forbids it.
void PlaceShards(const ClusterState& state, IndexMetadata& index);

// Places shards that are nowhere, once a node may hold them. Begins and ends moves, in `state`, as
// far as WhyNotEnabled() lets shards move: shards leave a node that may not hold them, for the one
// that PlaceShards() would choose, preferring those below the low watermark and never one above the
// high one; at most kMovesOfNode from a node and as many to one at a time. A move ends where its
// shard may stay, or its target is not there or may not hold it any more. A shard that may be
// nowhere stays where it is. Only shards of open indices move. Returns the indices that have
// changed.
inline constexpr int kMovesOfNode = 2;
std::vector<IndexPtr> PlanMoves(ClusterState& state);
// Ends the move of `shard` that `key` names; null if there is none.
IndexPtr WithoutMove(const ClusterState& state, const std::string& index, int shard,
                     std::uint64_t key);
// The shard lives on its target now; null if its move is no more the one that `key` names.
IndexPtr Moved(const ClusterState& state, const std::string& index, int shard, std::uint64_t key);

}  // namespace cluster
