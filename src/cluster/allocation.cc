#include "cluster/allocation.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text/strings.h"

namespace cluster {
namespace {

constexpr std::string_view kPrefix = "cluster.routing.allocation.";

std::string ValueOf(const NodeInfo& node, std::string_view attribute) {
  if (attribute == "_name") return node.name;
  if (attribute == "_id") return node.id;
  if (attribute == "_ip" || attribute == "_host_ip" || attribute == "_publish_ip") return node.ip;
  if (attribute == "_host") return node.host;
  const auto found = node.attributes.find(std::string(attribute));
  return found == node.attributes.end() ? std::string() : found->second;
}

bool MatchesAny(const NodeInfo& node, std::string_view attribute, const std::string& patterns) {
  const std::string value = ValueOf(node, attribute);
  if (value.empty()) return false;
  return std::ranges::any_of(base::SplitList(patterns), [&](const std::string& pattern) {
    return base::GlobMatch(base::TrimAscii(pattern), value);
  });
}

// Of `group` ("exclude."), the attributes and their patterns; transient ones win.
std::map<std::string, std::string> FiltersOf(const ClusterState& state, std::string_view group) {
  const std::string prefix = std::string(kPrefix) + std::string(group);
  std::map<std::string, std::string> filters;
  for (const auto* settings : {&state.persistent_settings, &state.transient_settings}) {
    for (auto it = settings->lower_bound(prefix);
         it != settings->end() && it->first.starts_with(prefix); ++it) {
      filters[it->first.substr(prefix.size())] = it->second;
    }
  }
  // An empty one says nothing; it is how a filter was taken away before null was.
  std::erase_if(filters, [](const auto& filter) { return filter.second.empty(); });
  return filters;
}

}  // namespace

bool MayHoldShards(const ClusterState& state, const NodeInfo& node) {
  const auto matches = [&](const auto& filter) {
    return MatchesAny(node, filter.first, filter.second);
  };
  const auto included = FiltersOf(state, "include.");
  return node.HasRole("data") && std::ranges::none_of(FiltersOf(state, "exclude."), matches) &&
         std::ranges::all_of(FiltersOf(state, "require."), matches) &&
         (included.empty() || std::ranges::any_of(included, matches));
}

namespace {

// The nodes that may hold shards, and how many each has or is to get.
std::map<std::string, std::size_t> LoadOf(const ClusterState& state) {
  std::map<std::string, std::size_t> load;
  for (const auto& [id, node] : state.nodes) {
    if (MayHoldShards(state, node)) load[id] = 0;
  }
  const auto count = [&](const std::string& node) {
    if (const auto it = load.find(node); it != load.end()) ++it->second;
  };
  for (const auto& [name, index] : state.indices) {
    for (const std::string& node : index->shard_nodes) count(node);
    for (const auto& [shard, move] : index->moves) count(move.target);
  }
  return load;
}

// How many watermarks the node's disk is above.
int DiskStage(const ClusterState& state, const std::string& node) {
  return state.nodes.find(node)->second.disk_stage;
}
constexpr int kAboveHigh = 2;

// How many moves there are from a node, or to it.
std::map<std::string, int> MovesByNode(const ClusterState& state) {
  std::map<std::string, int> moves;
  for (const auto& [name, index] : state.indices) {
    for (const auto& [shard, move] : index->moves) {
      ++moves[index->shard_nodes[static_cast<std::size_t>(shard)]];
      ++moves[move.target];
    }
  }
  return moves;
}

void EndMoves(ClusterState& state) {
  const auto load = LoadOf(state);
  for (auto& [name, index] : state.indices) {
    auto next = std::make_shared<IndexMetadata>(*index);
    std::erase_if(next->moves, [&](const auto& entry) {
      const std::string& source = index->shard_nodes[static_cast<std::size_t>(entry.first)];
      return !index->open || load.contains(source) || !load.contains(entry.second.target);
    });
    if (next->moves.size() != index->moves.size()) index = std::move(next);
  }
}

void BeginMoves(ClusterState& state) {
  auto load = LoadOf(state);
  auto moves = MovesByNode(state);
  for (auto& [name, index] : state.indices) {
    if (!index->open || load.empty()) continue;
    std::shared_ptr<IndexMetadata> next;
    for (int shard = 0; shard < index->number_of_shards; ++shard) {
      const std::string& source = index->shard_nodes[static_cast<std::size_t>(shard)];
      if (load.contains(source) || !state.nodes.contains(source)) continue;
      if (index->moves.contains(shard) || moves[source] >= kMovesOfNode) continue;
      const auto target = std::ranges::min_element(load, {}, [&](const auto& e) {
        return std::tuple(DiskStage(state, e.first), moves[e.first] >= kMovesOfNode, e.second);
      });
      if (moves[target->first] >= kMovesOfNode || DiskStage(state, target->first) >= kAboveHigh)
        continue;
      if (!next) next = std::make_shared<IndexMetadata>(*index);
      next->moves[shard] = {target->first, NewShardKey()};
      ++target->second;
      ++moves[source];
      ++moves[target->first];
    }
    if (next) index = std::move(next);
  }
}

}  // namespace

std::vector<IndexPtr> PlanMoves(ClusterState& state) {
  const auto before = state.indices;
  EndMoves(state);
  BeginMoves(state);
  std::vector<IndexPtr> changed;
  for (const auto& [name, index] : state.indices) {
    if (before.at(name) != index) changed.push_back(index);
  }
  return changed;
}

IndexPtr WithoutMove(const ClusterState& state, const std::string& index, int shard,
                     std::uint64_t key) {
  const IndexPtr now = state.FindIndex(index);
  const ShardMove* const move = now ? now->MoveOf(shard) : nullptr;
  if (move == nullptr || move->key != key) return nullptr;
  auto next = std::make_shared<IndexMetadata>(*now);
  next->moves.erase(shard);
  return next;
}

IndexPtr Moved(const ClusterState& state, const std::string& index, int shard, std::uint64_t key) {
  const IndexPtr now = state.FindIndex(index);
  const ShardMove* const move = now && now->open ? now->MoveOf(shard) : nullptr;
  if (move == nullptr || move->key != key) return nullptr;
  auto next = std::make_shared<IndexMetadata>(*now);
  const auto at = static_cast<std::size_t>(shard);
  next->shard_nodes[at] = move->target;
  next->shard_keys[at] = move->key;
  ++next->primary_terms[at];
  next->moves.erase(shard);
  return next;
}

void PlaceShards(const ClusterState& state, IndexMetadata& index) {
  std::map<std::string, std::size_t> load = LoadOf(state);
  for (int shard = 0; shard < index.number_of_shards; ++shard) {
    const auto least = std::ranges::min_element(
        load, {}, [&](const auto& e) { return std::pair(DiskStage(state, e.first), e.second); });
    index.shard_nodes.push_back(least == load.end() ? std::string() : least->first);
    if (least != load.end()) ++least->second;
    index.primary_terms.push_back(1);
  }
}

}  // namespace cluster
