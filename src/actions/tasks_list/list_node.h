// actions/tasks_list/list_node.h
//
// One node's part of a list: `cluster:monitor/tasks/lists[n]`.

#pragma once

#include <string>
#include <utility>

#include "actions/node.h"
#include "actions/tasks_list/task_codec.h"
#include "tasks/task_filter.h"

namespace actions::tasks_list {

// Why lists and gets cannot be cancelled; shown by `extended`.
inline constexpr std::string_view kOnlyLooks =
    "it changes nothing, holds no thread while it waits, and ends with its timeout or its client";

struct NodeQuestion {
  tasks::TaskFilter filter;
  bool detailed = false;
  bool wait = false;             // first, until all that match have ended
  std::int64_t wait_millis = 0;  // at most; negative: no limit
  Cursor cursor;                 // where to go on
};
std::string Encode(const NodeQuestion& question);
base::Result<NodeQuestion> DecodeQuestion(std::string_view bytes);

// The first page of this node's answer, without a task and so without a wait; it has no next one
// to ask for. Whether it is all.
std::pair<TaskPage, bool> KnownHere(const Node& node, const NodeQuestion& question);

}  // namespace actions::tasks_list
