// actions/tasks_list/await_ends.h
//
// Waits for tasks without a thread.
//
// Threads: any; `done` runs on the thread of the last end, or on the loop's, or at once on this
// one.

#pragma once

#include <functional>
#include <vector>

#include "tasks/run/loop.h"
#include "tasks/task_context.h"

namespace actions::tasks_list {

enum class Awaited : std::uint8_t { kAllEnded, kTimeout, kStopped };

// Runs `done` once: when all of `tasks` have ended, after `timeout_millis` (negative: no limit), or
// when `waiter` has to stop.
void AwaitEnds(tasks::Loop& loop, const tasks::TaskPtr& waiter, std::vector<tasks::TaskPtr> tasks,
               std::int64_t timeout_millis, std::function<void(Awaited)> done);

}  // namespace actions::tasks_list
