// actions/tasks_get/get.h
//
// One task by its id: as it runs, on whatever node, or what it answered when it had ended.
// `cluster:monitor/task/get` here and, if the task is another node's, below it there.
//
// Threads: any; nothing blocks.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actions/node.h"
#include "actions/tasks_results/result_store.h"

namespace actions::tasks_get {

struct GetRequest {
  tasks::TaskId id;
  bool wait = false;
  std::int64_t wait_millis = 30'000;  // negative: no limit
  tasks::OriginPtr origin;
};

// Exactly one of the two is there.
struct GetAnswer {
  bool completed = false;
  std::optional<tasks::TaskInfo> info;
  std::optional<std::string> stored;  // the whole answer, JSON
};

using ResultStorePtr = std::shared_ptr<tasks_results::ResultStore>;

// Makes this node answer for its tasks, with results from the index `.tasks`.
void Register(Node& node);
void Register(Node& node, ResultStorePtr results);

// `done` runs once. 404 if there is no such task and no result, 504 if the wait has timed out. The
// returned task may be stopped (the client has gone); null if `done` has been called.
using GetDone = std::function<void(base::Result<GetAnswer>)>;
tasks::TaskPtr Get(Node& node, ResultStorePtr results, GetRequest request, GetDone done);

}  // namespace actions::tasks_get
