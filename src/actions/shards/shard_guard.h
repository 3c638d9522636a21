// actions/shards/shard_guard.h
//
// Ends the writes of a shard whose index is closed, or takes no more of them: what was committed is
// told as done, the rest is not begun. Threads: the listener's of the cluster's state.

#pragma once

#include "cluster/index/index_metadata.h"
#include "engine/shard/shard.h"
#include "tasks/task_registry.h"

namespace actions {

// Who blocks a shard that no move does; no shard has such a key.
inline constexpr std::uint64_t kClosed = ~std::uint64_t{0};
inline constexpr std::uint64_t kBySettings = kClosed - 1;

// The shard takes no more writes. Waits for those that are being committed: no longer than a commit
// takes.
void EndWrites(engine::Shard& shard, std::uint64_t by, tasks::TaskRegistry& registry);

// Blocks or unblocks a shard as index.blocks.* say, so that nothing that was let in earlier is
// written after a block has been acknowledged. A move that blocks it goes before.
void ObeyBlocks(engine::Shard& shard, const cluster::IndexMetadata& index,
                tasks::TaskRegistry& registry);

}  // namespace actions
