// actions/tasks_list/task_pages.h
//
// The tasks that answer a request, node after node, a page at a time, so that an answer of any
// length needs the memory of one page.
//
// Lifetime: shared; until the end has been handed out. Threads: one at a time.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actions/tasks_list/failures.h"
#include "cluster/cluster_state.h"
#include "tasks/task_info.h"

namespace actions::tasks_list {

class TaskPages {
 public:
  struct Page {
    std::string node_id;  // the pages of one node follow each other
    std::vector<tasks::TaskInfo> tasks;
  };
  // nullopt: that was the last one, and the request's own task is off the list.
  using Taken = std::function<void(std::optional<Page> page)>;

  TaskPages(const cluster::StatePtr& state, Failures failures)
      : state_(state), failures_(std::move(failures)) {}
  virtual ~TaskPages() = default;

  // Runs `taken` once with the next page, on this thread or another. Not before the last one has.
  virtual void Next(Taken taken) = 0;
  // All that is to come is here already, at most one page a node.
  virtual bool Short() const = 0;

  const cluster::ClusterState& state() const { return *state_; }
  // What was known to have failed when the first page came.
  const Failures& failures() const { return failures_; }
  // Nodes that were lost on the way; to be asked after the end.
  virtual const std::vector<NodeFailure>& late_failures() const = 0;

 private:
  const cluster::StatePtr state_;
  const Failures failures_;
};
using TaskPagesPtr = std::shared_ptr<TaskPages>;

// Takes them all. `done` gets the pages in their order.
void TakeAll(TaskPagesPtr pages, std::function<void(std::vector<TaskPages::Page>)> done);

}  // namespace actions::tasks_list
