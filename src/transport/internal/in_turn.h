// transport/internal/in_turn.h
//
// Runs what several threads bring one after the other, in the order in which it was brought: by the
// thread that finds nobody at it.
//
// Lifetime: what is run keeps its owner. Threads: any.

#pragma once

#include <deque>
#include <functional>
#include <mutex>

namespace transport::internal {

class InTurn {
 public:
  void Run(std::function<void()> work) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(std::move(work));
    if (running_) return;
    running_ = true;
    while (!waiting_.empty()) {
      std::function<void()> next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next();
      next = nullptr;  // what it keeps may end here, outside our lock
      lock.lock();
    }
    running_ = false;
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool running_ = false;                       // guarded by mutex_
};

}  // namespace transport::internal
