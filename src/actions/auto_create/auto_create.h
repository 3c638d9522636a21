// actions/auto_create/auto_create.h
//
// Makes the index that a write names and that is not there. A leaf on the generic pool: it waits
// for its turn to change the cluster.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actions/node.h"

namespace actions::auto_create {

void Register(Node& node);

// Makes those of `names` that are still missing, as children of `task`, and waits for them: on
// threads that may own children only. One Status a name; another's having made it meanwhile is
// success.
std::vector<base::Status> CreateMissing(Node& node, tasks::TaskContext& task,
                                        const std::vector<std::string>& names);

}  // namespace actions::auto_create
