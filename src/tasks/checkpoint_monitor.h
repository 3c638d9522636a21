// tasks/checkpoint_monitor.h
//
// Who works on which thread, what that cost, and how long it takes until the next checkpoint. Every
// 10 ms the monitor marks the tasks that are on a thread; the next checkpoint of each answers, and
// a gap above 10 ms is counted under the task's phase. A checkpoint so stays one atomic load.
//
// Lifetime: owned by the TaskRegistry. Threads: any.

#pragma once

#include <thread>
#include <unordered_set>

#include "tasks/task_context.h"

namespace tasks {

class CancelMetrics;

class CheckpointMonitor {
 public:
  static constexpr std::int64_t kPeriodNanos = 10'000'000;

  CheckpointMonitor(const base::Clock& clock, CancelMetrics* metrics);
  ~CheckpointMonitor();

  void Probe();  // what the thread does each period; for tests

 private:
  friend class OnThread;
  void Enter(const TaskPtr& task);
  void Leave(const TaskPtr& task);
  void Run(const std::stop_token& stop);

  const base::Clock& clock_;
  CancelMetrics* const metrics_;  // may be null
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_set<TaskPtr> active_;  // guarded by mutex_
  std::jthread thread_;                 // last
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
};

}  // namespace tasks
