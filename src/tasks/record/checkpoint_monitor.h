// tasks/record/checkpoint_monitor.h
//
// Who works on which thread, what that cost, and how long it takes until the next checkpoint. Every
// 2 ms the monitor marks the tasks that are on a thread and do not wait; the next checkpoint of
// each answers, and a gap above 10 ms is counted under the task's phase. A checkpoint so stays one
// atomic load, and what is counted falls short of the true gap by 2 ms at most. Nothing wakes up on
// an idle node.
//
// Lifetime: owned by the TaskRegistry. Threads: any.

#pragma once

#include <thread>
#include <vector>

#include "tasks/task_context.h"

namespace tasks {

class CheckpointMonitor {
 public:
  static constexpr std::int64_t kPeriodNanos = 2'000'000;
  static constexpr std::int64_t kGapNanos = 10'000'000;

  explicit CheckpointMonitor(const base::Clock& clock) : clock_(clock) {}
  ~CheckpointMonitor();

  void Probe();  // what the thread does each period; for tests

 private:
  friend class OnThread;
  void Enter(TaskContext& task);
  void Leave(TaskContext& task);
  void Run(const std::stop_token& stop);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<TaskContext*> active_;  // guarded by mutex_
  bool asleep_ = false;               // guarded by mutex_
  std::jthread thread_;               // guarded by mutex_; made for the first task
};

// The task works on this thread while this lives: its CPU time is counted, its checkpoints watched.
class OnThread {
 public:
  OnThread(CheckpointMonitor& monitor, TaskPtr task);
  ~OnThread();
  OnThread(const OnThread&) = delete;
  OnThread& operator=(const OnThread&) = delete;

 private:
  CheckpointMonitor& monitor_;
  const TaskPtr task_;
  const bool entered_;  // false: an outer OnThread counts it
};

}  // namespace tasks
