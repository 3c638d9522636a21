// actions/moves/recovery.h
//
// The node that a shard moves to: one attempt to copy it and to take it over, as a background task
// that a stop ends.
//
// Lifetime: a local of its run. Threads: one, which may own children.

#pragma once

#include "actions/moves/wire.h"
#include "actions/node.h"

namespace actions::moves {

inline constexpr std::string_view kRecovery = "internal:index/shard/recovery/start_recovery";

// OK: the shard lives here now, or the move is over and nothing is left of it.
base::Status Recover(Node& node, tasks::TaskContext& task, const OneMove& move);

}  // namespace actions::moves
