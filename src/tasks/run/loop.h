// tasks/run/loop.h
//
// One thread that runs what is posted to it, and timers: deadlines, time-outs of waits, the ends of
// queued tasks that were stopped. What runs on it is short.
//
// Lifetime: made by server/ before everything that posts; Stop() drops what has not run.
// Threads: any.

#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "tasks/task_context.h"

namespace tasks {

class Loop final : public Poster {
 public:
  using TimerId = std::pair<std::int64_t, std::uint64_t>;  // due, sequence

  enum class Mode : std::uint8_t { kThread, kManual };
  // kManual: no thread; a test turns its clock and calls RunDue().
  explicit Loop(const base::Clock& clock, Mode mode = Mode::kThread);
  ~Loop() override;

  void Post(std::function<void()> work) override;
  // Runs `work` at `due` (Clock::MonotonicNanos()) or soon after.
  TimerId At(std::int64_t due_nanos, std::function<void()> work);
  // It will not run, unless it is running.
  void Cancel(const TimerId& timer);
  std::size_t timers() const;  // that have not run yet

  void RunDue();  // kManual only
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  std::int64_t NextDue() const;                      // needs mutex_; INT64_MAX: no timer
  bool RunOnce(std::unique_lock<std::mutex>& lock);  // false: nothing was due

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> posted_;         // guarded by mutex_
  std::map<TimerId, std::function<void()>> timers_;  // guarded by mutex_
  std::uint64_t sequence_ = 0;                       // guarded by mutex_
  bool stopped_ = false;                             // guarded by mutex_
  std::jthread thread_;                              // last
};

}  // namespace tasks
