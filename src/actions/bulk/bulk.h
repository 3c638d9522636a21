// actions/bulk/bulk.h
//
// What a node must know to write: the actions of this folder and those beside it that it needs.
// Threads: before the first request.

#pragma once

#include "actions/node.h"

namespace actions::bulk {

// Adds bulk[s], bulk[s][p], update[s] and auto_create to the node's actions; `node` outlives them.
void Register(Node& node);

}  // namespace actions::bulk
