// actions/tasks_cancel/rethrottle.h
//
// Gives a task another rate: `cluster:admin/reindex/rethrottle` here, `rethrottle[n]` on the task's
// node. No kind of task has a rate so far, and the answer says so.
//
// Threads: any.

#pragma once

#include "actions/node.h"
#include "actions/tasks_list/task_pages.h"

namespace actions::tasks_cancel {

void RegisterRethrottle(Node& node);

void Rethrottle(Node& node, const tasks::TaskId& id, tasks::OriginPtr origin,
                std::function<void(base::Result<tasks_list::TaskPagesPtr>)> done);

}  // namespace actions::tasks_cancel
