// actions/bulk/shard_bulk.h
//
// One shard's part of a write, on the node that holds the shard: bulk[s] passes the operations on
// and waits for copies and refreshes without holding a thread; its child bulk[s][p] is the leaf
// that writes them, unit by unit, and tells after each what became of it. So what is done is known
// even if the node is lost, and the operations done are a prefix of the part.
//
// Threads: the functions any; the handlers where ActionTable says.

#pragma once

#include "actions/node.h"

namespace actions::bulk {

// Adds bulk[s] and bulk[s][p] to the node's actions; `node` outlives them.
void AddShardActions(Node& node);

}  // namespace actions::bulk
