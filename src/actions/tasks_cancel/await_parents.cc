#include "actions/tasks_cancel/await_parents.h"

#include <list>

namespace actions::tasks_cancel {

namespace {

using tasks::TaskPtr;

class ParentsWait : public std::enable_shared_from_this<ParentsWait> {
 public:
  ParentsWait(tasks::Loop& loop, std::vector<TaskPtr> children, std::function<void()> done)
      : loop_(loop),
        children_(std::move(children)),
        left_(children_.size()),
        done_(std::move(done)) {}

  void Run(std::int64_t due_nanos) {
    timer_ = loop_.At(due_nanos, [self = shared_from_this()] { self->Finish(); });
    for (const TaskPtr& child : children_) {
      hooks_.emplace_back(*child, loop_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && --self->left_ == 0) self->Finish();
      });
    }
  }

 private:
  void Finish() {
    if (!done_) return;
    loop_.Cancel(timer_);
    hooks_.clear();
    std::exchange(done_, nullptr)();
  }

  tasks::Loop& loop_;
  const std::vector<TaskPtr> children_;
  std::size_t left_;
  std::function<void()> done_;  // null once it has been called
  tasks::Loop::TimerId timer_{};
  std::list<tasks::StopHook> hooks_;
};

}  // namespace

void AwaitParents(tasks::Loop& loop, const base::Clock& clock, const std::vector<TaskPtr>& children,
                  std::int64_t timeout_millis, std::function<void()> done) {
  if (children.empty()) return done();
  std::make_shared<ParentsWait>(loop, children, std::move(done))
      ->Run(clock.MonotonicNanos() + timeout_millis * 1'000'000);
}

}  // namespace actions::tasks_cancel
