// actions/tasks_list/task_json.h
//
// A task as OpenSearch shows it: the same object in lists, cancels, gets, stored results and, with
// more members, in the history. Threads: pure functions.

#pragma once

#include <cstdint>

#include "actions/node.h"
#include "base/json/writer.h"
#include "tasks/task_info.h"

namespace actions::tasks_list {

struct TaskView {
  bool human = false;
  bool resources = true;  // if the info has them
  bool extended = false;  // members that OpenSearch does not have
  // A cancel shows "cancelled" for the kinds that have no status object of their own; kNone: as in
  // OpenSearch, it shows no status at all.
  bool cancel_answer = false;
  StatusFormat cancel_status = StatusFormat::kString;
};

// The members, without the braces: `children` may follow.
void WriteTaskMembers(base::json::Writer& out, const tasks::TaskInfo& info, const TaskView& view);
void WriteTask(base::json::Writer& out, const tasks::TaskInfo& info, const TaskView& view);
void WriteResources(base::json::Writer& out, const tasks::TaskInfo::Resources& resources);

}  // namespace actions::tasks_list
