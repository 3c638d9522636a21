// actions/tasks_cancel/cancel.h
//
// The cancel of tasks: `cluster:admin/tasks/cancel` here, a `cancel[n]` child on every node that is
// asked. A node has stopped what matches, and all descendants that live there, when it answers;
// with `wait` it answers when they have ended, or after the time for it.
//
// Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"
#include "actions/tasks_list/task_pages.h"
#include "tasks/task_filter.h"

namespace actions::tasks_cancel {

struct CancelRequest {
  tasks::TaskId id;  // set: this one, if it matches actions and parent
  tasks::TaskFilter filter;
  std::vector<std::string> nodes;  // filters; none: all
  bool wait = false;
  std::int64_t wait_millis = 30'000;
  bool dry_run = false;  // tells what would be cancelled
  bool strict = false;   // that nothing has been cancelled is an error
  std::string reason = "by user request";
  tasks::OriginPtr origin;
};

// Makes this node answer `cancel[n]`.
void Register(Node& node);

// `done` runs once. What could not be confirmed is among the failures, and what still runs after a
// wait, too; that is listed as well. 400 for an id together with nodes. A strict one that touched
// no task is answered with why: 404 for an unknown task or node and where no task matches, 400 for
// a task that cannot be cancelled or does not fit the filter.
using CancelDone = std::function<void(base::Result<tasks_list::TaskPagesPtr>)>;
void Cancel(Node& node, CancelRequest request, CancelDone done);

}  // namespace actions::tasks_cancel
