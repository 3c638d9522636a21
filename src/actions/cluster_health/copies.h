// actions/cluster_health/copies.h
//
// The copies that shards have or lack, as tables and routings show them. Threads: any.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/node.h"

namespace actions::cluster_health {

struct ShardCopy {
  int shard = 0;
  bool primary = true;
  std::string node_id;                    // empty: it is unassigned
  std::string target_id;                  // of a move that is under way; empty: it stays
  std::string_view unassigned_because;    // as OpenSearch calls it; static storage
  std::string unassigned_details;         // why it could not be opened; empty: not known
  std::int64_t unassigned_at_millis = 0;  // 0: that is not known

  bool assigned() const { return !node_id.empty(); }
  // No node has ever held it.
  bool never_placed() const { return !assigned() && unassigned_because.starts_with("INDEX_"); }
  std::string_view state() const {  // as OpenSearch calls it
    if (!assigned()) return "UNASSIGNED";
    return target_id.empty() ? "STARTED" : "RELOCATING";
  }
  // The same for the same copy, as an allocation id is.
  std::string AllocationId(const cluster::IndexMetadata& index) const;
};

// By shard, the primary first.
std::vector<ShardCopy> CopiesOf(const Node& node, const cluster::ClusterState& state,
                                const cluster::IndexMetadata& index);

// Why the node on which a shard lives could not open it; nullopt: it is open, as far as this node
// knows.
std::optional<std::string> WhyNotOpen(const Node& node, const cluster::ClusterState& state,
                                      const cluster::IndexMetadata& index, int shard);

// 22 characters, the same for the same text.
std::string StableId(std::string_view text);

}  // namespace actions::cluster_health
