// actions/aliases/aliases.h
//
// Changes of aliases, `indices:admin/aliases`, and how the bodies that speak of them are read.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "actions/run_change.h"
#include "base/json/tree.h"
#include "cluster/index/alias_changes.h"

namespace actions::aliases {

inline constexpr std::string_view kChange = "indices:admin/aliases";

using Done = ChangeDone;

// `body` is OpenSearch's: {"actions":[{"add":{…}},{"remove":{…}},{"remove_index":{…}}]}.
void Change(Node& node, tasks::RunningTask task, std::string body, Done done);
// One alias to add; `body` may say how, and which, where `change` does not.
void Put(Node& node, tasks::RunningTask task, cluster::AliasChange change, std::string body,
         Done done);
void Remove(Node& node, tasks::OriginPtr origin, cluster::AliasChange change, Done done);

// An alias as it is kept. 400 for what is unknown, and for a filter, which no read would obey.
base::Result<std::string> ParseAlias(const std::string& name, const base::json::Value& body);
// The aliases of an index to be made: {"a":{…}}.
base::Result<std::map<std::string, std::string>> ParseAliases(const base::json::Value& body);

}  // namespace actions::aliases
