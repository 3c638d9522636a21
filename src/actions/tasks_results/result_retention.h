// actions/tasks_results/result_retention.h
//
// Takes results out of `.tasks` some time after their tasks have ended (tasks.result_retention), in
// a background task of its own, which a cancel puts off until the next time.
//
// Lifetime: made by server/ after the node's parts, goes before them. Threads: any.

#pragma once

#include <memory>

#include "actions/node.h"

namespace actions::tasks_results {

// Removes the results of tasks that ended before `before_millis` (since 1970), a page of them at a
// time. How many. Runs on the thread of a leaf; obeys a stop of `task`.
base::Result<std::int64_t> DropResults(Node& node, tasks::TaskContext& task,
                                       std::int64_t before_millis);

class ResultRetention {
 public:
  // Does nothing if the node's setting is negative.
  explicit ResultRetention(Node& node);
  ~ResultRetention();
  ResultRetention(const ResultRetention&) = delete;
  ResultRetention& operator=(const ResultRetention&) = delete;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace actions::tasks_results
