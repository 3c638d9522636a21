// actions/run_change.h
//
// The common shape of changes of the cluster's state: one task on the generic pool, answered when
// every node has applied what it changed.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actions/node.h"

namespace actions {

struct Acknowledged {
  bool by_all = true;  // false: some node has not applied the change in time
};
using ChangeDone = std::function<void(base::Result<Acknowledged>)>;

// `done` hears of the change when it is applied everywhere; of whatever else ends the task at its
// end.
void RunChange(Node& node, tasks::RunningTask task,
               std::function<base::Status(tasks::TaskContext&)> work, ChangeDone done);

// The same of a request that has no body, and so no task yet.
void RunChange(Node& node, tasks::TaskSpec spec,
               std::function<base::Status(tasks::TaskContext&)> work, ChangeDone done);

}  // namespace actions
