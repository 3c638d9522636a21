// tasks/record/history.h
//
// What ended tasks did, kept after their end and after a restart. Three kinds of tasks have a share
// of the room each, which the others cannot take: those that were cancelled or stopped others
// (half of it), those that failed, whose end is unconfirmed, whose client went away or whose parent
// was cancelled, and those that ran for long. Of these the newest are kept: at most 10,000, 64 MB,
// 7 days in all. One appended file of JSON lines, rewritten when half of it is stale.
//
// Lifetime: one a node, made by server/, outlives the registry. Threads: any; Add() only queues,
// a thread of its own writes (lost with a crash: at most the last second).

#pragma once

#include <functional>
#include <memory>

#include "tasks/task_info.h"

namespace base {
class Clock;
}

namespace tasks {

class TaskContext;

class History {
 public:
  struct Options {
    std::string path;  // empty: in memory only
    std::size_t max_entries = 10'000;
    std::size_t max_bytes = 64 << 20;
    std::int64_t max_age_millis = std::int64_t{7} * 24 * 3600 * 1000;
    std::int64_t min_running_millis = 1000;
  };

  // Reads the file; a torn last line is dropped.
  History(Options options, const base::Clock& clock);
  ~History();

  // Whether a task that has ended is worth an entry.
  bool Keeps(const TaskContext& ended) const;
  // Leaves out what is not.
  void Add(TaskInfo ended);
  // From how long a run on a task is kept that has ended well by itself.
  void SetMinRunning(std::int64_t millis);

  // Newest first; at most `limit` that `matches`, after skipping `from`.
  std::vector<TaskInfo> Query(const std::function<bool(const TaskInfo&)>& matches, std::size_t from,
                              std::size_t limit) const;
  std::optional<TaskInfo> Find(const TaskId& id) const;
  void Flush();  // returns when everything added so far is in the file

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tasks
