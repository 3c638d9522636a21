// tasks/task_context.h
//
// A TaskContext is what running work knows about itself: who it is, for whom it runs, and whether
// it has been asked to stop. It is the first parameter of whatever may take over a millisecond.
//
//     running <-> sealed -> ended      A stop is obeyed in running. In sealed it is latched:
//                                      recorded and shown at once, obeyed by Unseal().
//
// Lifetime: made by the TaskRegistry, shared with those who look at it or wait for it.
// Threads:  Checkpoint(), Seal(), Unseal() and the guards on the thread the work is on, or whose
// turn
//           it is while the work waits; others on any.

#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <type_traits>

#include "base/clock.h"
#include "tasks/run/remote_children.h"
#include "tasks/task_info.h"
#include "tasks/task_types.h"

namespace tasks {

class CancelMetrics;
class MemoryAccount;
class TaskObserver;

class TaskContext : public std::enable_shared_from_this<TaskContext> {
 public:
  using OnEnd = std::function<void(const End&)>;
  using WaiterId = std::uint64_t;

  // `metrics` counts the gaps between checkpoints; null: nobody does. `memory` bounds what the task
  // may reserve; null: nothing does. `observer` is notified of changes; null: nobody is.
  TaskContext(TaskId id, TaskSpec spec, const base::Clock& clock, CancelMetrics* metrics = nullptr,
              MemoryAccount* memory = nullptr, TaskObserver* observer = nullptr);

  const TaskId& id() const { return id_; }
  const TaskSpec& spec() const { return spec_; }
  const base::Clock& clock() const { return clock_; }

  // For waits that must wake when the task has to stop. See StopHook and WaitFor().
  std::stop_token stop_token() const { return stop_source_.get_token(); }

  // OK to carry on, or the Cancelled status to return as it is. Costs one atomic load.
  base::Status Checkpoint() const {
    if (signal_.load(std::memory_order_acquire) == 0) [[likely]]
      return {};
    return SlowCheckpoint();
  }

  // Around one unit of writing, from before its first effect until its outcome is known.
  // Seal():   OK; or Cancelled if a stop came first, or Failed if the caller's lease is over: then
  //           begin nothing and do not unseal.
  // Unseal(): OK to begin the next unit, or Cancelled if a stop came meanwhile.
  base::Status Seal();
  base::Status Unseal();

  // Asks the work to stop, without waiting for it. The first stop wins. False: it has ended.
  bool RequestStop(Stop stop);

  // Until now, or until the end.
  std::int64_t running_nanos() const;

  std::optional<Stop> stop() const;
  bool cancelled() const { return stop().has_value(); }  // a stop has been recorded; no more
  bool completed_despite_cancel() const;                 // and nothing had been left to stop

  // Of a cancel, for the history.
  void TellStopped(StoppedOthers stopped);
  bool has_stopped_others() const;
  std::optional<Outcome> outcome() const;  // none: it has not ended

  // Runs `on_end` when the task has left the registry's list; at once, on this thread, if it
  // already has (then returns 0). ForgetWaiter(): it will not be run, unless it is running.
  WaiterId AtEnd(OnEnd on_end);
  void ForgetWaiter(WaiterId id);

  // Kept by ChildScope.
  RemoteChildren& remote_children() { return remote_children_; }

  // For work that learns only on its way what it works on: shown instead of the spec's.
  void Describe(std::string description, std::vector<std::string> indices);
  std::optional<std::string> description() const;
  std::vector<std::string> indices() const;

  // Progress: monotonically growing, from 0 anew with another unit; `unit` is a static string
  // ("operations", "bytes").
  void SetTotal(std::int64_t total, const char* unit);
  void AddDone(std::int64_t done) { done_.fetch_add(done, std::memory_order_relaxed); }
  // Called by the task's Reservations; negative when they shrink.
  void AddMemory(std::int64_t bytes) const;
  MemoryAccount* memory_account() const { return memory_account_; }  // may be null

  // What is to be seen now. `detailed` fills in status, description and resources.
  TaskInfo Info(bool detailed) const;

 private:
  friend class TaskRegistry;
  friend class RunningTask;
  friend class OnThread;
  friend class CheckpointMonitor;
  friend class Phase;
  friend class Waiting;

  static constexpr std::uint32_t kStop = 1;   // stop_ is there and we are not sealed
  static constexpr std::uint32_t kProbe = 2;  // the monitor asks when the next checkpoint comes

  static constexpr std::int64_t kNoProbe = 0, kEnded = -1;  // in probed_at_

  base::Status SlowCheckpoint() const;
  // The monitor's question, its answer by the work, and its withdrawal by a wait that a stop ends.
  void Probe(std::int64_t now);
  void AnswerProbe() const;
  void DropProbe();

  bool EnterThread();  // false: it is on a thread already
  void LeaveThread();
  TaskInfo::Resources resources() const;

  // In this order: no stop is taken any more; it has left the list, been kept and counted, so
  // those who wait are told.
  void SetEnd(End end);
  void TellWaiters();

  const TaskId id_;                                   // constant
  const TaskSpec spec_;                               // constant
  const base::Clock& clock_;                          // constant
  CancelMetrics* const metrics_;                      // constant; may be null
  MemoryAccount* const memory_account_;               // constant; may be null
  TaskObserver* const observer_;                      // constant; may be null
  const std::int64_t start_wall_;                     // constant; ms since 1970
  const std::int64_t start_nanos_;                    // constant
  mutable std::atomic<std::uint32_t> signal_{0};      // bits above; kStop is never taken back
  mutable std::atomic<std::int64_t> probed_at_{0};    // nanos; or as above
  std::atomic<const char*> probed_phase_{nullptr};    // where the task was then
  mutable std::atomic<std::int64_t> longest_gap_{0};  // nanos, a statistic
  std::atomic<const char*> phase_{nullptr};           // static strings; orders nothing
  std::atomic<const char*> waits_on_{nullptr};        // likewise
  std::atomic<const char*> unit_{nullptr};            // likewise
  std::atomic<std::int64_t> done_{0}, total_{-1};     // counters
  mutable std::atomic<std::int64_t> memory_{0};       // reserved now
  mutable std::atomic<std::int64_t> most_memory_{0};  // at any time
  std::stop_source stop_source_;  // asked right after kStop is set, outside mutex_
  mutable std::mutex mutex_;
  bool sealed_ = false;       // guarded by mutex_
  std::optional<Stop> stop_;  // guarded by mutex_; then constant
  struct Shown {
    std::string description;
    std::vector<std::string> indices;
  };
  std::unique_ptr<const Shown> shown_;               // guarded by mutex_; null: the spec's
  std::unique_ptr<const StoppedOthers> stopped_;     // guarded by mutex_; null: it has not
  std::optional<End> end_;                           // guarded by mutex_; then constant
  std::int64_t end_nanos_ = 0;                       // guarded by mutex_
  bool told_ = false;                                // guarded by mutex_
  WaiterId last_waiter_ = 0;                         // guarded by mutex_
  std::vector<std::pair<WaiterId, OnEnd>> waiters_;  // guarded by mutex_
  RemoteChildren remote_children_;
  mutable std::mutex thread_mutex_;
  std::optional<pthread_t> thread_;    // guarded by thread_mutex_
  std::int64_t thread_cpu_start_ = 0;  // guarded by thread_mutex_
  std::int64_t cpu_nanos_ = 0;         // guarded by thread_mutex_; finished spans
  int executions_ = 0;                 // guarded by thread_mutex_
};

using TaskPtr = std::shared_ptr<TaskContext>;

// Says where the task is, while it lives: Phase phase(task, "prepare"). Nests.
class Phase {
 public:
  Phase(TaskContext& task, const char* name)
      : task_(task), before_(task.phase_.exchange(name, std::memory_order_relaxed)) {}
  ~Phase() { task_.phase_.store(before_, std::memory_order_relaxed); }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  TaskContext& task_;
  const char* const before_;
};

// Says what the task waits on, while it lives: "write queue", "journal", "children". Such a wait is
// no gap between checkpoints.
class Waiting {
 public:
  Waiting(TaskContext& task, const char* on) : task_(task), before_(task.waits_on_.load()) {
    task_.AnswerProbe();
    task_.waits_on_.store(on);
  }
  ~Waiting() {
    task_.DropProbe();  // one that crossed our beginning
    task_.waits_on_.store(before_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  TaskContext& task_;
  const char* const before_;
};

// Waits on `changed` until `ready()`, or until the task has to stop: then its Cancelled status.
template <typename Ready>
base::Status WaitFor(TaskContext& task, std::unique_lock<std::mutex>& lock,
                     std::condition_variable_any& changed, const char* on, Ready ready) {
  Waiting waiting(task, on);
  changed.wait(lock, task.stop_token(), ready);
  return ready() ? base::Status() : task.Checkpoint();
}

// Queues work for a thread of its own; returns at once.
class Poster {
 public:
  virtual ~Poster() = default;
  virtual void Post(std::function<void()> work) = 0;
};

// What a stop does on the canceller's thread, ahead of all later tasks of the same cancel: set an
// atomic, notify a condition variable, or post to a loop. Nothing else compiles.
//
// What is posted runs after the hook may have been destroyed, so it holds its owner weakly and does
// nothing when the owner is gone: `work` is a function of the owner and cannot capture anything.
// The flag, the condition variable and the loop must outlive the hook only.
class StopHook {
 public:
  StopHook(const TaskContext& task, std::atomic<bool>& flag)
      : callback_(task.stop_token(), [&flag] { flag.store(true, std::memory_order_release); }) {}
  StopHook(const TaskContext& task, std::condition_variable_any& changed)
      : callback_(task.stop_token(), [&changed] { changed.notify_all(); }) {}
  template <typename Owner>
  StopHook(const TaskContext& task, Poster& loop, std::weak_ptr<Owner> owner,
           std::type_identity_t<void (*)(Owner&)> work)
      : callback_(task.stop_token(), [&loop, owner = std::move(owner), work]() mutable {
          loop.Post([owner = std::move(owner), work] {
            if (const auto held = owner.lock()) work(*held);
          });
        }) {}
  template <typename Owner>
  StopHook(const TaskContext& task, Poster& loop, std::weak_ptr<Owner> owner,
           std::type_identity_t<void (Owner::*)()> work)
      : callback_(task.stop_token(), [&loop, owner = std::move(owner), work]() mutable {
          loop.Post([owner = std::move(owner), work] {
            if (const auto held = owner.lock()) (held.get()->*work)();
          });
        }) {}

 private:
  std::stop_callback<std::function<void()>> callback_;
};

// Names a call that cannot be stopped, with its reason: the argument that such a call takes. The
// table of indivisible calls is made from these lines by scripts/indivisible.py.
struct Uninterruptible {
  const char* reason;
};

}  // namespace tasks
