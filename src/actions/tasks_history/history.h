// actions/tasks_history/history.h
//
// Tasks that have ended, of several nodes: `cluster:monitor/tasks/history` here, a `history[n]`
// child on every node that is asked.
//
// Threads: any; `done` is called once, on any.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"
#include "actions/tasks_list/failures.h"
#include "tasks/task_filter.h"

namespace actions::tasks_history {

// As many as a node keeps.
inline constexpr std::size_t kMaxWindow = 10'000;

struct HistoryRequest {
  tasks::TaskFilter filter;  // but for `index`
  std::optional<bool> cancelled;
  std::vector<std::string> nodes;    // filters; none: all
  std::size_t from = 0, size = 100;  // together at most kMaxWindow
  tasks::OriginPtr origin;
};

struct HistoryAnswer {
  std::vector<tasks::TaskInfo> tasks;  // those that ended last come first
  tasks_list::Failures failures;
};

// Makes this node answer `history[n]`.
void Register(Node& node);

using HistoryDone = std::function<void(base::Result<HistoryAnswer>)>;
void Find(Node& node, HistoryRequest request, HistoryDone done);

}  // namespace actions::tasks_history
