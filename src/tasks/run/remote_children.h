// tasks/run/remote_children.h
//
// The children of one task that live on other nodes, from their announcement until each has ended:
// what a cancel cannot vouch for by itself. Its own node's children need no record, they hear of a
// stop at once.
//
// Lifetime: a part of the TaskContext. Threads: any.

#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "tasks/task_types.h"

namespace tasks {

class RemoteChildren {
 public:
  using Key = std::uint64_t;

  Key Add(const std::string& node_id);
  void Name(Key key, const TaskId& id);
  void Remove(Key key);

  // Those that have not ended; the number is -1 where it is not known yet.
  std::vector<TaskId> open() const;

  // Runs `then` when there is none: at once, or on the thread of the last one's end. A task that
  // has been asked to stop gets no more. Forget(): it will not be run, unless it is running.
  Key WhenNone(std::function<void()> then);
  void Forget(Key waiter);

 private:
  mutable std::mutex mutex_;
  Key last_ = 0;                                  // guarded by mutex_
  std::map<Key, TaskId> open_;                    // guarded by mutex_
  std::map<Key, std::function<void()>> waiters_;  // guarded by mutex_
};

}  // namespace tasks
