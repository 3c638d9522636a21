// tasks/id_blocks.h
//
// Task numbers that no earlier run of this node gave out: the next free number stands in a small
// file, moved on by a block and synced before the first number of the block is used. The registry
// reserves a block while half of the one before is left. No clock.
//
// Lifetime: made by server/ before the registry. Threads: one at a time (the registry's lock).

#pragma once

#include <memory>
#include <string>

#include "tasks/task_registry.h"

namespace tasks {

// A file that is there but cannot be read is an error: starting over would give numbers out twice.
base::Result<std::unique_ptr<IdBlocks>> OpenIdBlocks(std::string path);

}  // namespace tasks
