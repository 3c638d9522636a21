// test/support/lone_task.h
//
// A task that no registry knows, for tests of what only takes a context. Threads: any.

#pragma once

#include "tasks/task_context.h"

class LoneTask {
 public:
  tasks::TaskContext& operator*() { return *task_; }
  tasks::TaskContext* operator->() { return task_.get(); }
  operator tasks::TaskContext&() { return *task_; }  // NOLINT: stands for its task

  bool Stop(std::string reason = "by user request") {
    return task_->RequestStop({.cause = tasks::StopCause::kUser, .reason = std::move(reason)});
  }

 private:
  tasks::TaskPtr task_ = std::make_shared<tasks::TaskContext>(
      tasks::TaskId{"lone", 1}, tasks::TaskSpec{.action = "test"}, base::Clock::System());
};
