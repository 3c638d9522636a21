// test/support/puppet.h: work that says "I have begun", then waits to be let go or to be asked to
// stop.

#pragma once

#include <condition_variable>
#include <mutex>

#include "tasks/task_context.h"

namespace test {

class Puppet {
 public:
  base::Status Act(tasks::TaskContext& task) {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    return tasks::WaitFor(task, lock, changed_, "its puppeteer", [this] { return free_; });
  }

  void WaitUntilBegun(int times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= times; });
  }

  void LetGo() {
    std::lock_guard lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int begun_ = 0;      // guarded by mutex_
  bool free_ = false;  // guarded by mutex_
};

}  // namespace test
