#include "actions/cluster_health/copies.h"

#include "base/text/strings.h"
#include "cluster/index/murmur3.h"

namespace actions::cluster_health {

namespace {

// Why a copy that has never been anywhere is missing, and since when.
std::string_view SinceWhat(const cluster::IndexMetadata& index) {
  if (!index.open) return "INDEX_CLOSED";
  return index.state_millis == 0 ? "INDEX_CREATED" : "INDEX_REOPENED";
}
std::int64_t SinceWhen(const cluster::IndexMetadata& index) {
  return index.state_millis == 0 ? index.creation_millis : index.state_millis;
}

ShardCopy PrimaryOf(const Node& node, const cluster::ClusterState& state,
                    const cluster::IndexMetadata& index, int shard) {
  ShardCopy copy{.shard = shard};
  const std::string& home = index.shard_nodes[static_cast<std::size_t>(shard)];
  if (home.empty()) {
    copy.unassigned_because = SinceWhat(index);
    copy.unassigned_at_millis = SinceWhen(index);
  } else if (!state.nodes.contains(home)) {
    copy.unassigned_because = "NODE_LEFT";
  } else if (std::optional<std::string> why = WhyNotOpen(node, state, index, shard)) {
    copy.unassigned_because = "ALLOCATION_FAILED";
    copy.unassigned_details = *std::move(why);
  } else {
    copy.node_id = home;
    const cluster::ShardMove* const move = index.MoveOf(shard);
    if (move != nullptr && state.nodes.contains(move->target)) copy.target_id = move->target;
  }
  return copy;
}

}  // namespace

std::optional<std::string> WhyNotOpen(const Node& node, const cluster::ClusterState& state,
                                      const cluster::IndexMetadata& index, int shard) {
  const std::string& home = index.shard_nodes[static_cast<std::size_t>(shard)];
  if (!index.open) return std::nullopt;
  if (home == state.local_id) {
    if (node.shards.Find(index.uuid, shard) != nullptr) return std::nullopt;
    return node.shards.WhyNotOpen(index.uuid, shard).reason();
  }
  const auto there = state.nodes.find(home);
  if (there == state.nodes.end()) return std::nullopt;
  const auto found = there->second.unopened.find(index.uuid + "/" + std::to_string(shard));
  return found == there->second.unopened.end() ? std::nullopt : std::optional(found->second);
}

std::string ShardCopy::AllocationId(const cluster::IndexMetadata& index) const {
  const auto term = index.primary_terms[static_cast<std::size_t>(shard)];
  return StableId(index.uuid + "/" + std::to_string(shard) + "/" + node_id + "/" +
                  std::to_string(term));
}

std::vector<ShardCopy> CopiesOf(const Node& node, const cluster::ClusterState& state,
                                const cluster::IndexMetadata& index) {
  std::vector<ShardCopy> copies;
  for (int shard = 0; shard < index.number_of_shards; ++shard) {
    copies.push_back(PrimaryOf(node, state, index, shard));
    for (int replica = 0; replica < index.number_of_replicas; ++replica) {
      copies.push_back({.shard = shard,
                        .primary = false,
                        .node_id = {},
                        .unassigned_because = SinceWhat(index),
                        .unassigned_at_millis = SinceWhen(index)});
    }
  }
  return copies;
}

std::string StableId(std::string_view text) {
  std::string bytes;
  for (const char* salt : {"a", "b", "c", "d"}) {
    const auto hash = static_cast<std::uint32_t>(cluster::Murmur3OfUtf16(salt + std::string(text)));
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(hash >> shift));
  }
  return base::Base64UrlEncode(bytes);
}

}  // namespace actions::cluster_health
