// tasks/record/task_observer.h
//
// Is notified of what becomes of the registry's tasks, so that nobody has to list them again and
// again to find out.
//
// Lifetime: outlives the registry. Threads: called on the thread that does it, under no lock of
// tasks/; must return at once and must not call back into the registry.

#pragma once

namespace tasks {

class TaskContext;

class TaskObserver {
 public:
  virtual ~TaskObserver() = default;

  virtual void OnStart(const TaskContext& task) = 0;   // nobody else can find it yet
  virtual void OnChange(const TaskContext& task) = 0;  // a stop was recorded, or it was described
  virtual void OnEnd(const TaskContext& task) = 0;     // it has left the list
};

}  // namespace tasks
