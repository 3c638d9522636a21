// cluster/index/alias_changes.h
//
// Changes of aliases: any number of them, all or none. Threads: any.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/cluster_service.h"

namespace cluster {

struct AliasChange {
  enum class Kind : std::uint8_t { kAdd, kRemove, kRemoveIndex };
  Kind kind = Kind::kAdd;
  std::vector<std::string> indices;               // expressions, see ResolveIndices()
  std::vector<std::string> aliases;               // names; patterns of those to remove
  std::string how = "{}";                         // of those to add: JSON
  std::optional<bool> must_exist = std::nullopt;  // of those to remove
};

// The indices that `change` is about: wildcards match their names, not their aliases. 404 if there
// are none, 400 for the name of an alias.
base::Result<std::vector<std::string>> IndicesOf(const ClusterState& state,
                                                 const AliasChange& change,
                                                 const tasks::TaskContext& task);

// Indices are removed first, so an alias may take the name of one; patterns of aliases to remove
// match those that were there before. 404 aliases_not_found_exception if there is nothing to
// remove, 400 invalid_alias_name_exception, 500 illegal_state_exception for a second write index.
base::Status ChangeAliases(ClusterService& cluster, tasks::TaskContext& task,
                           const std::vector<AliasChange>& changes);

// 500 if one of `aliases` has two write indices, or is hidden on some of its indices only. A stop
// of `task`, which may be null, ends the look.
base::Status CheckAliases(const ClusterState& state, const std::set<std::string>& aliases,
                          const tasks::TaskContext* task = nullptr);

// 400 invalid_alias_name_exception if there is an index of that name.
base::Status CheckAliasIsNoIndex(const ClusterState& state, const std::string& alias);

// Whether an alias, as an index keeps it, has is_hidden.
bool IsHiddenAlias(const std::string& how);

base::Status AliasesNotFound(const std::vector<std::string>& names);

}  // namespace cluster
