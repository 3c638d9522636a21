// test/support/lone_task.h
//
// A task that no registry knows, for tests of what only takes a context. Threads: any.

#pragma once

#include <string_view>
#include <thread>

#include "tasks/task_context.h"

class LoneTask {
 public:
  explicit LoneTask(std::int64_t number = 1, std::shared_ptr<tasks::Lease> lease = nullptr)
      : task_(std::make_shared<tasks::TaskContext>(
            tasks::TaskId{"lone", number},
            tasks::TaskSpec{.action = "test", .lease = std::move(lease)}, base::Clock::System())) {}

  tasks::TaskContext& operator*() { return *task_; }
  tasks::TaskContext* operator->() { return task_.get(); }
  operator tasks::TaskContext&() { return *task_; }  // NOLINT: stands for its task

  bool Stop(std::string reason = "by user request") {
    return task_->RequestStop({.cause = tasks::StopCause::kUser, .reason = std::move(reason)});
  }

  // Returns when the task says that it waits on this.
  void WaitUntilItWaitsOn(std::string_view what) const {
    for (;;) {
      const char* const on = task_->Info(true).waits_on;
      if (on && on == what) return;
      std::this_thread::yield();
    }
  }

 private:
  const tasks::TaskPtr task_;
};
