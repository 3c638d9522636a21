#include "tasks/run/loop.h"

#include <cassert>
#include <chrono>
#include <new>

#include "base/log.h"
#include "base/thread.h"

namespace tasks {

Loop::Loop(const base::Clock& clock, Mode mode) : clock_(clock) {
  if (mode == Mode::kThread) thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
}

Loop::~Loop() { Stop(); }

void Loop::Post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  posted_.push_back(std::move(work));
  changed_.notify_one();
}

Loop::TimerId Loop::At(std::int64_t due_nanos, std::function<void()> work) {
  std::lock_guard lock(mutex_);
  const TimerId id{due_nanos, ++sequence_};
  if (stopped_) return id;
  const auto added = timers_.emplace(id, std::move(work)).first;
  if (added == timers_.begin()) changed_.notify_one();
  return id;
}

std::size_t Loop::timers() const {
  std::lock_guard lock(mutex_);
  return timers_.size();
}

void Loop::Cancel(const TimerId& timer) {
  decltype(timers_)::node_type dropped;  // what it holds ends outside our lock
  std::lock_guard lock(mutex_);
  dropped = timers_.extract(timer);
}

void Loop::RunDue() {
  assert(!thread_.joinable());
  std::unique_lock lock(mutex_);
  while (RunOnce(lock)) {
  }
}

bool Loop::RunOnce(std::unique_lock<std::mutex>& lock) {
  std::function<void()> work;
  if (!posted_.empty()) {
    work = std::move(posted_.front());
    posted_.pop_front();
  } else if (!timers_.empty() && timers_.begin()->first.first <= clock_.MonotonicNanos()) {
    work = std::move(timers_.extract(timers_.begin()).mapped());
  } else {
    return false;
  }
  lock.unlock();
  try {
    work();
  } catch (const std::bad_alloc&) {
    base::log::Error("memory", "a step of the loop ran out of memory and was given up");
  }
  work = nullptr;
  lock.lock();
  return true;
}

void Loop::Run(const std::stop_token& stop) {
  base::IntroduceThread("loop", base::Turns::kShort);
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (RunOnce(lock)) continue;
    const auto something_new = [this, due = NextDue()] {
      return !posted_.empty() || NextDue() < due;
    };
    if (timers_.empty()) {
      changed_.wait(lock, stop, something_new);
    } else {
      const std::chrono::nanoseconds left(NextDue() - clock_.MonotonicNanos());
      changed_.wait_for(lock, stop, left, something_new);
    }
  }
}

std::int64_t Loop::NextDue() const {
  return timers_.empty() ? INT64_MAX : timers_.begin()->first.first;
}

void Loop::Stop() {
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
    thread_.request_stop();
    thread_.join();
  }
  decltype(posted_) posted;  // what they hold ends outside our lock
  decltype(timers_) timers;
  std::lock_guard lock(mutex_);
  stopped_ = true;
  posted.swap(posted_);
  timers.swap(timers_);
}

}  // namespace tasks
