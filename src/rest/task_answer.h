// rest/task_answer.h
//
// Writes the tasks that answer a list, a cancel or a rethrottle: by node, by parent or as one list.
// A long answer is sent while it is made, in the memory of one page; a tree needs all of it.
//
// Threads: any.

#pragma once

#include <cstdint>

#include "actions/tasks_list/task_json.h"
#include "actions/tasks_list/task_pages.h"
#include "rest/request.h"

namespace rest {

enum class GroupBy : std::uint8_t { kNodes, kParents, kNone };
// Of the parameter `group_by`. 400 for what is none of the three.
base::Result<GroupBy> ParseGroupBy(std::string_view text);

struct TaskAnswer {
  GroupBy group_by = GroupBy::kNodes;
  actions::tasks_list::TaskView view;
  bool cancel = false;  // `node_failures` and `attributes` also when they are empty
};
void RespondTasks(const RequestPtr& request, const actions::tasks_list::TaskPagesPtr& pages,
                  const TaskAnswer& answer);

// Tasks under their parents: children[i] are places in `tasks`; roots have no parent there.
struct TaskTree {
  std::vector<tasks::TaskInfo> tasks;
  std::vector<std::vector<std::size_t>> children;
  std::vector<std::size_t> roots;
};
TaskTree MakeTree(std::vector<actions::tasks_list::TaskPages::Page> pages);

}  // namespace rest
