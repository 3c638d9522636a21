// actions/tasks_list/failures.h
//
// What went wrong on the way to an answer that is given nevertheless: OpenSearch's `task_failures`
// and `node_failures`. Plain values.

#pragma once

#include <string>
#include <vector>

#include "base/json/writer.h"
#include "base/status.h"
#include "tasks/task_types.h"

namespace actions::tasks_list {

struct TaskFailure {
  tasks::TaskId id;
  base::Status why;
};

// `why` is shown as the cause of a failed_node_exception.
struct NodeFailure {
  std::string node_id;
  base::Status why;
};

base::Status FailedNode(const NodeFailure& failure);

struct Failures {
  std::vector<TaskFailure> tasks;
  std::vector<NodeFailure> nodes;
};

// Writes `task_failures` and `node_failures` as members; empty ones not at all, unless
// `always_nodes`.
enum class EmptyNodeFailures : bool { kLeaveOut, kWrite };
void WriteFailures(base::json::Writer& out, const Failures& failures, EmptyNodeFailures empty);
void WriteNodeFailures(base::json::Writer& out, const std::vector<NodeFailure>& failures,
                       std::string_view key = "node_failures");

base::Status NoSuchNode(const std::string& node_id);
// What a wait for `id` ends with. 504.
base::Status TimedOutWaitingFor(const tasks::TaskId& id);

}  // namespace actions::tasks_list
