// tasks/task_filter.h
//
// Which tasks a list or a cancel means: OpenSearch's actions and parent, and filters of ours.

#pragma once

#include <span>

#include "tasks/task_context.h"

namespace tasks {

struct TaskFilter {
  std::vector<std::string> actions;  // globs, `*` only; empty: all
  TaskId parent;                     // exact; not set: all
  std::string description;           // glob; empty: all
  std::string x_opaque_id;
  std::string index;  // glob over TaskSpec::indices
  std::string user;   // Origin::IsFrom()
  std::int64_t min_running_nanos = 0;
  // Lists: nullopt shows both classes, else only this one. Cancels: true matches background tasks
  // (and only those), nullopt leaves them alone unless an action pattern names one.
  std::optional<bool> background;

  // A task that is named by its id has to fit, too.
  bool Matches(const TaskContext& task) const;
  // The same of a task as it was then; `info` has its description.
  bool Matches(const TaskInfo& info, std::span<const std::string> indices) const;

  // Matches(), is cancellable, and is client work; or background work that was asked for: by
  // `background`, or by a pattern whose text before its first `*` names the action, not a group of
  // actions (`indices:admin/flush*` does, `indices:*` does not).
  bool MatchesForCancel(const TaskContext& task) const;
};

}  // namespace tasks
