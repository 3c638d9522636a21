#include "actions/tasks_cancel/await_parents.h"

#include <list>
#include <optional>

namespace actions::tasks_cancel {

namespace {

using tasks::TaskPtr;

class ParentsWait : public std::enable_shared_from_this<ParentsWait> {
 public:
  ParentsWait(tasks::Loop& loop, const std::vector<TaskPtr>& children, std::function<void()> done)
      : loop_(loop), left_(children.size()), done_(std::move(done)) {
    for (const TaskPtr& child : children) children_.emplace_back(*this, child);
  }

  void Run(std::int64_t due_nanos) {
    timer_ = loop_.At(due_nanos, [self = shared_from_this()] { self->Finish(); });
    for (Child& child : children_) {
      // Lives as long as this wait, of which it is a part.
      const std::weak_ptr<Child> weak = std::shared_ptr<Child>(shared_from_this(), &child);
      child.hook.emplace(*child.task, loop_, weak, &Child::Settle);
      child.waiter = child.task->AtEnd([&loop = loop_, weak](const tasks::End&) {
        loop.Post([weak] {
          if (const auto held = weak.lock()) held->Settle();
        });
      });
    }
  }

 private:
  struct Child {
    void Settle() { wait.Settled(*this); }

    ParentsWait& wait;
    TaskPtr task;
    std::optional<tasks::StopHook> hook;
    tasks::TaskContext::WaiterId waiter = 0;
    bool settled = false;  // it has been asked to stop, or has ended
  };

  void Settled(Child& child) {
    if (!std::exchange(child.settled, true) && --left_ == 0) Finish();
  }

  void Finish() {
    if (!done_) return;
    loop_.Cancel(timer_);
    for (Child& child : children_) {
      child.hook.reset();
      child.task->ForgetWaiter(child.waiter);
    }
    std::exchange(done_, nullptr)();
  }

  tasks::Loop& loop_;
  std::list<Child> children_;
  std::size_t left_;
  std::function<void()> done_;  // null once it has been called
  tasks::Loop::TimerId timer_{};
};

}  // namespace

void AwaitParents(tasks::Loop& loop, const base::Clock& clock, const std::vector<TaskPtr>& children,
                  std::int64_t timeout_millis, std::function<void()> done) {
  if (children.empty()) return done();
  std::make_shared<ParentsWait>(loop, children, std::move(done))
      ->Run(clock.MonotonicNanos() + timeout_millis * 1'000'000);
}

}  // namespace actions::tasks_cancel
