// actions/bulk/targets.h
//
// Which index a write goes to: names and aliases looked up, missing indices made.
//
// Threads: any; ResolveTargets() of a node waits, on a thread that may own children.

#pragma once

#include "actions/bulk/request.h"
#include "actions/node.h"

namespace actions::bulk {

// The index that a write to `name`, an index or an alias, goes to. 404 index_not_found_exception,
// 400 index_closed_exception, 400 if an alias of several indices has no write index.
Request::Target ResolveTarget(const cluster::ClusterState& state, std::string_view name);
// The one index that `name` means to a read of a document; 400 for an alias of several.
Request::Target ResolveSingleIndex(const cluster::ClusterState& state, std::string_view name);
bool IsAlias(const cluster::ClusterState& state, std::string_view name);

// What a write asks of one name.
struct NameUse {
  std::string name;
  bool may_create = false;     // a delete alone creates nothing
  bool require_alias = false;  // some operation asks for it: the index is not made for the others
};

// Looks every name up, making first what may be made. Same order as `uses`. A stop of the task
// shows in the failures of what has not been made.
std::vector<Request::Target> ResolveTargets(Node& node, tasks::TaskContext& task,
                                            const std::vector<NameUse>& uses);
// The same where all are there, or nothing is made: they are looked up in `state`.
std::vector<Request::Target> ResolveTargets(const cluster::ClusterState& state,
                                            const std::vector<NameUse>& uses);
base::Status NotAnAlias(std::string_view name);
// What a routing of the request and one of the alias together mean; 400 if they contradict.
base::Result<std::string_view> EffectiveRouting(const Request::Target& target,
                                                std::string_view name, std::string_view routing);

}  // namespace actions::bulk
