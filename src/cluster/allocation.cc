#include "cluster/allocation.h"

#include <algorithm>
#include <set>

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

void PlaceShards(const ClusterState& state, IndexMetadata& index) {
  std::map<std::string, std::size_t> load;
  for (const auto& [id, node] : state.nodes) {
    if (MayHoldShards(state, node)) load[id] = 0;
  }
  for (const auto& entry : state.indices) {
    for (const std::string& node : entry.second->shard_nodes) {
      if (const auto it = load.find(node); it != load.end()) ++it->second;
    }
  }
  for (int shard = 0; shard < index.number_of_shards; ++shard) {
    const auto least = std::ranges::min_element(load, {}, [](const auto& e) { return e.second; });
    index.shard_nodes.push_back(least == load.end() ? std::string() : least->first);
    if (least != load.end()) ++least->second;
    index.primary_terms.push_back(1);
  }
}

}  // namespace cluster
