#include "cluster/cluster_state.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/text/strings.h"
#include "base/text/units.h"

namespace cluster {
namespace {

using base::Result;

constexpr std::array<std::string_view, 6> kBuiltInRoles = {
    "cluster_manager", "data", "ingest", "remote_cluster_client", "search", "warm"};

bool IsBuiltIn(std::string_view role) {
  return role == "master" || role == "coordinating_only" ||
         std::ranges::find(kBuiltInRoles, role) != kBuiltInRoles.end();
}

using Matches = std::function<bool(const NodeInfo&)>;

// The nodes a key such as `data` or `ingest` speaks of; null if it names no role.
Matches ByRole(const ClusterState& state, std::string_view key) {
  if (key == "data" || key == "ingest") {
    return [key](const NodeInfo& node) { return node.HasRole(key); };
  }
  if (key == "master" || key == "cluster_manager") {
    return [](const NodeInfo& node) { return node.HasRole("cluster_manager"); };
  }
  if (key == "coordinating_only") {
    return [](const NodeInfo& node) {
      return !node.HasRole("data") && !node.HasRole("ingest") && !node.HasRole("cluster_manager");
    };
  }
  const bool known = std::ranges::any_of(
      state.nodes, [&](const auto& entry) { return entry.second.HasRole(key); });
  if (!known || IsBuiltIn(key)) return nullptr;
  return [key](const NodeInfo& node) { return node.HasRole(key); };
}

// `data:false`, `ingest:true`, a role of a plugin or an attribute.
base::Status ApplyKeyValue(const ClusterState& state, std::string_view key, std::string_view value,
                           std::set<std::string>& found) {
  if (const Matches matches = ByRole(state, key)) {
    ASSIGN_OR_RETURN(const bool add,
                     base::TrimAscii(value).empty() ? Result<bool>(true) : base::ParseBool(value));
    for (const auto& [id, node] : state.nodes) {
      if (!matches(node)) continue;
      if (add) {
        found.insert(id);
      } else {
        found.erase(id);
      }
    }
    if (IsBuiltIn(key)) return {};
  }
  for (const auto& [id, node] : state.nodes) {
    const bool matches = std::ranges::any_of(node.attributes, [&](const auto& attribute) {
      return base::GlobMatch(key, attribute.first) && base::GlobMatch(value, attribute.second);
    });
    if (matches) found.insert(id);
  }
  return {};
}

base::Status ApplyFilter(const ClusterState& state, const std::string& filter,
                         std::set<std::string>& found) {
  if (filter == "_local") {
    if (!state.local_id.empty()) found.insert(state.local_id);
    return {};
  }
  if (filter == "_master" || filter == "_cluster_manager") {
    if (!state.manager_id.empty()) found.insert(state.manager_id);
    return {};
  }
  if (state.nodes.contains(filter)) {
    found.insert(filter);
    return {};
  }
  for (const auto& [id, node] : state.nodes) {
    if (filter == "_all" || base::GlobMatch(filter, node.name) ||
        base::GlobMatch(filter, node.ip) || base::GlobMatch(filter, node.host)) {
      found.insert(id);
    }
  }
  const std::size_t colon = filter.find(':');
  if (colon == std::string::npos) return {};
  const std::string_view text = filter;
  return ApplyKeyValue(state, text.substr(0, colon), text.substr(colon + 1), found);
}

}  // namespace

bool NodeInfo::HasRole(std::string_view role) const {
  return std::ranges::find(roles, role) != roles.end();
}

IndexPtr ClusterState::FindIndex(std::string_view name) const {
  const auto it = indices.find(std::string(name));
  return it == indices.end() ? nullptr : it->second;
}

std::string ClusterState::Health() const {
  bool yellow = false;
  for (const auto& [name, index] : indices) {
    const bool lost = std::ranges::any_of(
        index->shard_nodes, [&](const std::string& node) { return !nodes.contains(node); });
    if (lost) return "red";
    yellow |= index->number_of_replicas > 0;
  }
  return yellow ? "yellow" : "green";
}

const std::shared_ptr<const ClusterState>& StatePtr::Nothing() {
  static const auto nothing = std::make_shared<const ClusterState>();
  return nothing;
}

Result<std::vector<std::string>> ResolveNodes(const ClusterState& state,
                                              const std::vector<std::string>& filters) {
  std::set<std::string> found;
  for (const std::string& filter : filters) RETURN_IF_ERROR(ApplyFilter(state, filter, found));
  if (filters.empty()) {
    for (const auto& entry : state.nodes) found.insert(entry.first);
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace cluster
