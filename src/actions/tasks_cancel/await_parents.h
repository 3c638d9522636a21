// actions/tasks_cancel/await_parents.h
//
// The wait of tasks for the stop that comes from their parents on other nodes.
//
// Lifetime: owns itself until it has told. Threads: all on the loop.

#pragma once

#include <functional>
#include <vector>

#include "tasks/run/loop.h"

namespace actions::tasks_cancel {

// Runs `done` once, on the loop, as soon as each of `children` has been asked to stop or has ended,
// or after `timeout_millis`; at once if there are none.
void AwaitParents(tasks::Loop& loop, const base::Clock& clock,
                  const std::vector<tasks::TaskPtr>& children, std::int64_t timeout_millis,
                  std::function<void()> done);

}  // namespace actions::tasks_cancel
