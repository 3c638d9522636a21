#include "actions/tasks_cancel/await_remote.h"

#include <mutex>
#include <optional>

namespace actions::tasks_cancel {

namespace {

using tasks::RemoteChildren;
using tasks::TaskPtr;

class RemoteWait : public std::enable_shared_from_this<RemoteWait> {
 public:
  RemoteWait(tasks::Loop& loop, std::vector<TaskPtr> open, std::function<void()> done)
      : loop_(loop), open_(std::move(open)), left_(open_.size()), done_(std::move(done)) {}

  void Run(std::int64_t due_nanos) {
    timer_ = loop_.At(due_nanos, [self = shared_from_this()] { self->Finish(); });
    for (const TaskPtr& task : open_) {
      const RemoteChildren::Key waiter =
          task->remote_children().WhenNone([self = shared_from_this()] { self->OnNone(); });
      const std::lock_guard lock(mutex_);
      waiters_.push_back(waiter);
    }
  }

 private:
  void OnNone() {
    {
      const std::lock_guard lock(mutex_);
      if (--left_ > 0) return;
    }
    Finish();
  }

  void Finish() {
    std::function<void()> done;
    std::vector<RemoteChildren::Key> waiters;
    {
      const std::lock_guard lock(mutex_);
      if (!done_) return;
      done = std::exchange(done_, nullptr);
      waiters.swap(waiters_);
    }
    loop_.Cancel(timer_);
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      if (waiters[i] != 0) open_[i]->remote_children().Forget(waiters[i]);
    }
    done();
  }

  tasks::Loop& loop_;
  const std::vector<TaskPtr> open_;
  tasks::Loop::TimerId timer_{};  // constant once set
  std::mutex mutex_;
  std::size_t left_;                          // guarded by mutex_
  std::function<void()> done_;                // guarded by mutex_; null once it has been called
  std::vector<RemoteChildren::Key> waiters_;  // guarded by mutex_; as open_
};

}  // namespace

void AwaitRemoteChildren(tasks::Loop& loop, const base::Clock& clock,
                         const std::vector<TaskPtr>& stopped, std::int64_t timeout_millis,
                         std::function<void()> done) {
  std::vector<TaskPtr> open;
  for (const TaskPtr& task : stopped)
    if (!task->remote_children().open().empty()) open.push_back(task);
  if (open.empty()) return done();
  std::make_shared<RemoteWait>(loop, std::move(open), std::move(done))
      ->Run(clock.MonotonicNanos() + timeout_millis * 1'000'000);
}

}  // namespace actions::tasks_cancel
