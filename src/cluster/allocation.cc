#include "cluster/allocation.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/text/strings.h"

namespace cluster {
namespace {

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

using Patterns = std::map<std::string, std::string>;  // by attribute

// The filters of the cluster, or of one index.
struct Filters {
  Patterns require, include, exclude;
  std::string_view kind, prefix;  // for texts

  bool none() const { return require.empty() && include.empty() && exclude.empty(); }
};

// Of `group` ("exclude."), the attributes and their patterns; the last of `all` wins.
Patterns PatternsOf(std::initializer_list<const std::map<std::string, std::string>*> all,
                    std::string_view prefix, std::string_view group) {
  const std::string begin = std::string(prefix) + std::string(group);
  Patterns patterns;
  for (const auto* settings : all) {
    for (auto it = settings->lower_bound(begin);
         it != settings->end() && it->first.starts_with(begin); ++it) {
      patterns[it->first.substr(begin.size())] = it->second;
    }
  }
  // An empty one says nothing; it is how a filter was taken away before null was.
  std::erase_if(patterns, [](const auto& entry) { return entry.second.empty(); });
  return patterns;
}

Filters FiltersOf(std::initializer_list<const std::map<std::string, std::string>*> all,
                  std::string_view kind, std::string_view prefix) {
  return {.require = PatternsOf(all, prefix, "require."),
          .include = PatternsOf(all, prefix, "include."),
          .exclude = PatternsOf(all, prefix, "exclude."),
          .kind = kind,
          .prefix = prefix};
}
// Transient ones win.
Filters FiltersOf(const ClusterState& state) {
  return FiltersOf({&state.persistent_settings, &state.transient_settings}, "cluster",
                   "cluster.routing.allocation.");
}
Filters FiltersOf(const IndexMetadata& index) {
  return FiltersOf({&index.settings}, "index", "index.routing.allocation.");
}

// `_name:"x OR y" AND zone:"a"`
std::string Shown(const Patterns& patterns, std::string_view between) {
  std::string text;
  for (const auto& [attribute, values] : patterns) {
    if (!text.empty()) text += between;
    text += attribute + ":\"";
    bool first = true;
    for (const std::string& value : base::SplitList(values)) {
      if (!std::exchange(first, false)) text += " OR ";
      text += base::TrimAscii(value);
    }
    text += '"';
  }
  return text;
}

// Which of `filters` keeps shards from `node`, in OpenSearch's words; empty: none does.
std::string WhyNot(const Filters& filters, const NodeInfo& node) {
  const auto matches = [&](const auto& filter) {
    return MatchesAny(node, filter.first, filter.second);
  };
  const auto text = [&](std::string_view does, std::string_view group, const std::string& shown) {
    return "node " + std::string(does) + " " + std::string(filters.kind) + " setting [" +
           std::string(filters.prefix) + std::string(group) + "] filters [" + shown + "]";
  };
  if (!std::ranges::all_of(filters.require, matches))
    return text("does not match", "require", Shown(filters.require, " AND "));
  if (!filters.include.empty() && std::ranges::none_of(filters.include, matches))
    return text("does not match", "include", Shown(filters.include, " OR "));
  if (std::ranges::none_of(filters.exclude, matches)) return {};
  const bool of_index = filters.kind == "index";  // whose text has a point more
  return text("matches", of_index ? "exclude." : "exclude", Shown(filters.exclude, " OR "));
}

// What `enable` says, and where: "index setting [index.routing.allocation.enable".
struct Enable {
  std::string value, setting;
};

Enable EnableOf(const ClusterState& state, const IndexMetadata& index) {
  const std::string of_index = "index.routing.allocation.enable";
  const std::string of_cluster = "cluster.routing.allocation.enable";
  const auto find = [](const std::map<std::string, std::string>& settings, const std::string& key) {
    const auto found = settings.find(key);
    return base::ToLowerAscii(found == settings.end() ? std::string() : found->second);
  };
  Enable enable{find(index.settings, of_index), "index setting [" + of_index};
  if (!enable.value.empty()) return enable;
  enable = {find(state.transient_settings, of_cluster), "cluster setting [" + of_cluster};
  if (enable.value.empty()) enable.value = find(state.persistent_settings, of_cluster);
  return enable;
}

}  // namespace

bool MayHoldShards(const ClusterState& state, const NodeInfo& node) {
  return node.HasRole("data") && WhyNot(FiltersOf(state), node).empty();
}

std::string WhyNotOn(const ClusterState& state, const IndexMetadata& index, const NodeInfo& node) {
  std::string why = WhyNot(FiltersOf(state), node);
  return why.empty() ? WhyNot(FiltersOf(index), node) : why;
}

std::string WhyNotEnabled(const ClusterState& state, const IndexMetadata& index,
                          const CopyKind& copy) {
  const Enable enable = EnableOf(state, index);
  const std::string due = "due to " + enable.setting + "=" + enable.value + "]";
  if (enable.value == "none") return "no allocations are allowed " + due;
  if (enable.value == "new_primaries" && (!copy.primary || copy.has_data))
    return "non-new primary allocations are forbidden " + due;
  if (enable.value == "primaries" && !copy.primary)
    return "replica allocations are forbidden " + due;
  return {};
}

std::vector<Decision> WhyNotPlaced(const ClusterState& state, const IndexMetadata& index,
                                   const NodeInfo& node, const CopyKind& copy) {
  std::vector<Decision> decisions;
  const auto add = [&](std::string_view decider, std::string why) {
    if (!why.empty()) decisions.push_back({decider, std::move(why)});
  };
  if (!copy.primary && copy.primary_node.empty())
    add("replica_after_primary_active", "primary shard for this replica is not yet active");
  add("enable", WhyNotEnabled(state, index, copy));
  add("filter", WhyNotOn(state, index, node));
  if (!copy.primary && copy.primary_node == node.id)
    add("same_shard", "a copy of this shard is already allocated to this node");
  if (!copy.primary && decisions.empty())
    add("single_copy", "a shard has one copy: replicas are not supported");
  return decisions;
}

std::map<std::string, int> WeightRanking(const ClusterState& state) {
  std::map<std::string, int> shards, ranking;
  for (const auto& [id, node] : state.nodes) {
    if (node.HasRole("data")) shards[id] = 0;
  }
  for (const auto& [name, index] : state.indices) {
    for (const std::string& node : index->shard_nodes) {
      if (const auto it = shards.find(node); it != shards.end()) ++it->second;
    }
  }
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [id, count] : shards) order.emplace_back(count, id);
  std::ranges::sort(order);
  for (const auto& [count, id] : order) ranking[id] = static_cast<int>(ranking.size()) + 1;
  return ranking;
}

namespace {

using Load = std::map<std::string, std::size_t>;  // shards by node

// The nodes that may hold shards, and how many each has or is to get.
Load LoadOf(const ClusterState& state) {
  Load load;
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

// Those of `load` that the index's own filters let have its shards.
Load Allowed(const ClusterState& state, const Load& load, const IndexMetadata& index) {
  const Filters filters = FiltersOf(index);
  if (filters.none()) return load;
  Load allowed = load;
  std::erase_if(allowed, [&](const auto& entry) {
    return !WhyNot(filters, state.nodes.find(entry.first)->second).empty();
  });
  return allowed;
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
    if (index->moves.empty()) continue;
    const Load allowed = Allowed(state, load, *index);
    auto next = std::make_shared<IndexMetadata>(*index);
    std::erase_if(next->moves, [&](const auto& entry) {
      const std::string& source = index->shard_nodes[static_cast<std::size_t>(entry.first)];
      return !index->open || allowed.contains(source) || !allowed.contains(entry.second.target);
    });
    if (next->moves.size() != index->moves.size()) index = std::move(next);
  }
}

void BeginMoves(ClusterState& state) {
  auto load = LoadOf(state);
  auto moves = MovesByNode(state);
  for (auto& [name, index] : state.indices) {
    if (!index->open || load.empty()) continue;
    if (!WhyNotEnabled(state, *index, {.has_data = true}).empty()) continue;
    const Load allowed = Allowed(state, load, *index);
    if (allowed.empty()) continue;
    std::shared_ptr<IndexMetadata> next;
    for (int shard = 0; shard < index->number_of_shards; ++shard) {
      const std::string& source = index->shard_nodes[static_cast<std::size_t>(shard)];
      if (allowed.contains(source) || !state.nodes.contains(source)) continue;
      if (index->moves.contains(shard) || moves[source] >= kMovesOfNode) continue;
      const auto target = std::ranges::min_element(allowed, {}, [&](const auto& e) {
        return std::tuple(DiskStage(state, e.first), moves[e.first] >= kMovesOfNode, load[e.first]);
      });
      if (moves[target->first] >= kMovesOfNode || DiskStage(state, target->first) >= kAboveHigh)
        continue;
      if (!next) next = std::make_shared<IndexMetadata>(*index);
      next->moves[shard] = {target->first, NewShardKey()};
      ++load[target->first];
      ++moves[source];
      ++moves[target->first];
    }
    if (next) index = std::move(next);
  }
}

// Where the next shard of an index goes, of the nodes in `allowed`; "": nowhere. The low watermark
// does not keep new shards away: as in OpenSearch it is for shards that have data.
std::string Place(const ClusterState& state, const Load& allowed, Load& load) {
  const auto least = std::ranges::min_element(allowed, {}, [&](const auto& e) {
    const int stage = DiskStage(state, e.first);
    return std::pair(stage >= kAboveHigh ? stage : 0, load[e.first]);
  });
  if (least == allowed.end()) return {};
  ++load[least->first];
  return least->first;
}

// Shards that no node might hold when their index was made or opened have no data yet.
void PlaceUnplaced(ClusterState& state) {
  auto load = LoadOf(state);
  for (auto& [name, index] : state.indices) {
    if (!index->open || std::ranges::count(index->shard_nodes, "") == 0) continue;
    if (!WhyNotEnabled(state, *index, {}).empty()) continue;
    const Load allowed = Allowed(state, load, *index);
    if (allowed.empty()) continue;
    auto next = std::make_shared<IndexMetadata>(*index);
    for (std::string& node : next->shard_nodes) {
      if (node.empty()) node = Place(state, allowed, load);
    }
    index = std::move(next);
  }
}

}  // namespace

std::vector<IndexPtr> PlanMoves(ClusterState& state) {
  const auto before = state.indices;
  EndMoves(state);
  PlaceUnplaced(state);
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
  Load load = LoadOf(state);
  const bool enabled = WhyNotEnabled(state, index, {}).empty();
  const Load allowed = enabled ? Allowed(state, load, index) : Load();
  for (int shard = 0; shard < index.number_of_shards; ++shard) {
    index.shard_nodes.push_back(Place(state, allowed, load));
    index.primary_terms.push_back(1);
  }
}

}  // namespace cluster
