#include "actions/tasks_list/await_ends.h"

#include <mutex>
#include <optional>

namespace actions::tasks_list {

namespace {

class Wait : public std::enable_shared_from_this<Wait> {
 public:
  Wait(tasks::Loop& loop, std::vector<tasks::TaskPtr> tasks, std::function<void(Awaited)> done)
      : loop_(loop), tasks_(std::move(tasks)), open_(tasks_.size() + 1), done_(std::move(done)) {}

  void Run(const tasks::TaskPtr& waiter, std::int64_t timeout_millis) {
    for (const tasks::TaskPtr& task : tasks_) {
      const auto id =
          task->AtEnd([self = shared_from_this()](const tasks::End&) { self->OnEnd(); });
      const std::lock_guard lock(mutex_);
      waiters_.push_back(id);
    }
    {
      const std::lock_guard lock(mutex_);
      if (timeout_millis >= 0) {
        timer_ = loop_.At(waiter->clock().MonotonicNanos() + timeout_millis * 1'000'000,
                          [self = shared_from_this()] { self->Finish(Awaited::kTimeout); });
      }
    }
    // Outside the lock: its posting may come at once.
    hook_.emplace(*waiter, loop_, weak_from_this(),
                  [](Wait& wait) { wait.Finish(Awaited::kStopped); });
    OnEnd();
  }

 private:
  void OnEnd() {
    {
      const std::lock_guard lock(mutex_);
      if (--open_ > 0) return;
    }
    Finish(Awaited::kAllEnded);
  }

  void Finish(Awaited how) {
    std::function<void(Awaited)> done;
    std::vector<tasks::TaskContext::WaiterId> waiters;
    {
      const std::lock_guard lock(mutex_);
      if (!done_) return;
      done = std::exchange(done_, nullptr);
      waiters = std::exchange(waiters_, {});
      if (timer_) loop_.Cancel(*timer_);
    }
    if (how != Awaited::kAllEnded) {
      for (std::size_t i = 0; i < waiters.size(); ++i) tasks_[i]->ForgetWaiter(waiters[i]);
    }
    done(how);
  }

  tasks::Loop& loop_;
  const std::vector<tasks::TaskPtr> tasks_;
  std::mutex mutex_;
  std::size_t open_;                                   // guarded by mutex_
  std::function<void(Awaited)> done_;                  // guarded by mutex_
  std::vector<tasks::TaskContext::WaiterId> waiters_;  // guarded by mutex_; as tasks_
  std::optional<tasks::Loop::TimerId> timer_;          // guarded by mutex_
  std::optional<tasks::StopHook> hook_;                // Run()'s thread, then the destructor's
};

}  // namespace

void AwaitEnds(tasks::Loop& loop, const tasks::TaskPtr& waiter, std::vector<tasks::TaskPtr> tasks,
               std::int64_t timeout_millis, std::function<void(Awaited)> done) {
  std::make_shared<Wait>(loop, std::move(tasks), std::move(done))->Run(waiter, timeout_millis);
}

}  // namespace actions::tasks_list
