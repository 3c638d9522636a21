// tasks/run/after_end.h
//
// Clean-up and the writing of results after a task's end: a background sibling with a budget of its
// own. A stop of the task does not refuse it, and the task's cancel does not wait for it. What it
// was to store is found from the first moment, and goes to the spool if it fails or takes too long.
//
// Lifetime: one a node, made by server/; the pool has stopped before it goes. Threads: any.

#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "tasks/record/result_spool.h"
#include "tasks/run/thread_pool.h"
#include "tasks/task_registry.h"

namespace tasks {

class AfterEnd {
 public:
  struct Job {
    std::string_view action;                           // of the sibling; static storage
    std::int64_t budget_millis = 10'000;               // then it is stopped
    std::optional<std::string> result = std::nullopt;  // what the task answered, as JSON
    std::function<base::Status(TaskContext&)> work;    // stores it, or cleans up; obeys a stop
  };

  // `spool` may be null: then a result that cannot be stored is lost, and logged.
  AfterEnd(TaskRegistry& registry, ThreadPool& pool, ResultSpool* spool)
      : registry_(registry), pool_(pool), spool_(spool) {}

  // May be called before or after `task` has ended; not to be awaited by it.
  void Run(const TaskContext& task, Job job);

  // What `task` answered, until it has been stored where it belongs, or for good in the spool.
  // Ask here first, then there: what is in neither was never kept.
  std::optional<std::string> Find(const TaskId& task) const;

 private:
  void Settle(const TaskId& task, const End& end);

  TaskRegistry& registry_;
  ThreadPool& pool_;
  ResultSpool* const spool_;
  mutable std::mutex mutex_;
  std::map<TaskId, std::string> unstored_;  // guarded by mutex_
};

}  // namespace tasks
