// actions/tasks_cancel/await_remote.h
//
// Waiting until the children that stopped tasks have on other nodes are confirmed to be gone. Holds
// no thread. Threads: any; `done` comes on this one, on that of the last end, or on the loop.

#pragma once

#include <functional>
#include <vector>

#include "tasks/run/loop.h"

namespace actions::tasks_cancel {

// `done` runs once: when none of `stopped` has a child elsewhere any more, or after the time-out.
void AwaitRemoteChildren(tasks::Loop& loop, const base::Clock& clock,
                         const std::vector<tasks::TaskPtr>& stopped, std::int64_t timeout_millis,
                         std::function<void()> done);

}  // namespace actions::tasks_cancel
