// actions/tasks_list/list.h
//
// The list of tasks: `cluster:monitor/tasks/lists` here, a `lists[n]` child on every node that is
// asked. A node tells its tasks in pages of at most 1,000, each fetched when the one before it has
// been used; with `wait` it first waits until every task that matches has ended.
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

namespace actions::tasks_list {

struct ListRequest {
  tasks::TaskFilter filter;
  std::vector<std::string> nodes;  // filters; none: all
  bool detailed = false;
  bool wait = false;
  std::optional<std::int64_t> timeout_millis;
  tasks::OriginPtr origin;
};

inline constexpr std::int64_t kDefaultWaitMillis = 30'000;

// Makes this node answer `lists[n]`.
void Register(Node& node);

using ListDone = std::function<void(base::Result<TaskPagesPtr>)>;
// `done` runs once, when every node has answered or its time is over. The returned task may be
// stopped (the client has gone); null if `done` has had a failure.
tasks::TaskPtr List(Node& node, ListRequest request, ListDone done);

}  // namespace actions::tasks_list
