#include "cluster/index/shard_limit.h"

#include <algorithm>

#include "base/text/numbers.h"
#include "cluster/settings/cluster_settings.h"

namespace cluster {

using base::Status;

namespace {

std::int64_t MaxShardsPerNode(const ClusterState& state) {
  const std::string* const set = FindInForce(state, keys::kMaxShardsPerNode);
  const auto parsed =
      base::ParseInt64(set ? *set : FindClusterSetting(keys::kMaxShardsPerNode)->fallback);
  return *parsed;  // it has been checked
}

}  // namespace

int DataNodes(const ClusterState& state) {
  return static_cast<int>(std::ranges::count_if(
      state.nodes, [](const auto& entry) { return entry.second.HasRole("data"); }));
}

std::int64_t Copies(const IndexMetadata& index) {
  return std::int64_t{index.number_of_shards} * (1 + index.number_of_replicas);
}

Status CheckRoom(const ClusterState& state, std::int64_t more) {
  std::int64_t open = 0;
  for (const auto& entry : state.indices) open += entry.second->open ? Copies(*entry.second) : 0;
  const std::int64_t most = MaxShardsPerNode(state) * DataNodes(state);
  if (more <= 0 || open + more <= most) return {};
  return {400, "validation_exception",
          "Validation Failed: 1: this action would add [" + std::to_string(more) +
              "] total shards, but this cluster currently has [" + std::to_string(open) + "]/[" +
              std::to_string(most) + "] maximum shards open;"};
}

}  // namespace cluster
