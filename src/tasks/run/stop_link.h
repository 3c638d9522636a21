// tasks/run/stop_link.h
//
// A StopLink passes the stop of one task on to another that is no child in a ChildScope: work that
// runs inline on its parent's thread, or that a request without children of its own has begun.
//
// Lifetime: a local or a member of whoever works on the second task. Threads: any.

#pragma once

#include <memory>

#include "tasks/task_context.h"

namespace tasks {

class StopLink {
 public:
  // Both tasks must be held by shared pointers, as the registry makes them.
  StopLink(TaskContext& from, TaskContext& to, Poster& loop);

 private:
  // Owns both tasks: the loop may pass a stop on while the link is being destroyed.
  struct Ends {
    void PassOn();

    const std::shared_ptr<TaskContext> from, to;
  };

  const std::shared_ptr<Ends> ends_;
  const StopHook hook_;
};

}  // namespace tasks
