// actions/tasks_results/result_store.h
//
// What finished tasks answered, kept until somebody fetches it: the port. IndexResultStore is the
// real one, tests bring their own.
//
// Lifetime: outlives the tasks that use it. Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json/writer.h"
#include "base/result.h"
#include "tasks/task_registry.h"

namespace actions::tasks_results {

class ResultStore {
 public:
  // The document, nullopt if there is none; 404 index_not_found_exception if nothing has ever been
  // stored in this cluster.
  using Found = std::function<void(base::Result<std::optional<std::string>>)>;

  virtual ~ResultStore() = default;

  // From its return on Find() sees the document on this node; a background sibling of `task` brings
  // it to where all nodes see it.
  virtual void Put(const tasks::TaskContext& task, std::string document) = 0;
  // What reading takes is a child of `asker`. `found` runs once, at once or on another thread.
  virtual void Find(const tasks::TaskPtr& asker, const tasks::TaskId& id, Found found) = 0;
};

// The document of a task that answered `response` (JSON) or, if that is empty, failed with `error`.
std::string ResultDocument(const tasks::TaskInfo& info, const std::string& response,
                           const base::Status& error);

// Such a document, `human` with the twins of its task's times.
void WriteStored(base::json::Writer& out, const std::string& document, bool human);

// Keeps the result, then ends the task: whoever finds it gone finds the result.
void FinishAndKeep(ResultStore& store, tasks::RunningTask task, tasks::End end,
                   const std::string& response);

}  // namespace actions::tasks_results
