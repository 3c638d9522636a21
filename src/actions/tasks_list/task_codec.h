// actions/tasks_list/task_codec.h
//
// What nodes tell each other about tasks, as bytes: filters on the way out, pages of tasks on the
// way back. Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/tasks_list/failures.h"
#include "base/result.h"
#include "tasks/task_filter.h"
#include "tasks/task_info.h"
#include "tasks/task_registry.h"

namespace actions::bulk {
class WireReader;
}

namespace actions::tasks_list {

using Cursor = tasks::TaskRegistry::Cursor;

// At most tasks::TaskRegistry::kPage tasks of one node.
struct TaskPage {
  std::vector<tasks::TaskInfo> tasks;
  std::vector<TaskFailure> failures;
  base::Status node_failure;   // not OK: `tasks` is what is known in spite of it
  std::optional<Cursor> next;  // where the following page begins; nullopt: this is the last one
};

std::string Encode(const TaskPage& page);
base::Result<TaskPage> DecodePage(std::string_view bytes);

void PutTaskId(std::string& out, const tasks::TaskId& id);
tasks::TaskId ReadTaskId(bulk::WireReader& in);
void PutTaskInfo(std::string& out, const tasks::TaskInfo& info);
tasks::TaskInfo ReadTaskInfo(bulk::WireReader& in);
void PutFilter(std::string& out, const tasks::TaskFilter& filter);
tasks::TaskFilter ReadFilter(bulk::WireReader& in);
void PutStatus(std::string& out, const base::Status& status);
base::Status ReadStatus(bulk::WireReader& in);

// For payloads that cannot be read.
base::Status MalformedMessage(std::string_view what);

}  // namespace actions::tasks_list
