// tasks/thread_pool.h
//
// Threads that run tasks. A sized pool (`write`, `get`, `search`, `force_merge`) runs leaves: code
// that owns no ChildScope. The coordinator pool grows up to its bound and may own them. A task that
// is stopped while it is queued ends at once; a full queue refuses with 429.
//
// Lifetime: made by server/ after the registry; Stop() returns when the last thread has.
// Threads: any.

#pragma once

#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "tasks/task_registry.h"

namespace tasks {

class ThreadPool {
 public:
  enum class Runs : std::uint8_t { kLeaves, kCoordinators };
  struct Options {
    std::string name;  // as OpenSearch calls it
    Runs runs = Runs::kLeaves;
    int threads = 1;             // coordinators: at most; leaves: exactly
    std::size_t queue = 1000;    // entries that may wait
    int nice = 0;                // 10 for background work
  };
  using Work = std::function<End(TaskContext&)>;

  // `loop` ends the queued tasks that are stopped.
  ThreadPool(Options options, Poster& loop);
  ~ThreadPool();

  // Runs `work` on a thread of the pool, or not at all if the task is stopped first, and finishes
  // the task with what it returns. A full queue: finishes it with 429.
  void Submit(RunningTask task, Work work);

  struct Stats {
    int threads, active, largest;
    std::size_t queue;
    std::int64_t completed, rejected;
  };
  Stats stats() const;
  const std::string& name() const { return options_.name; }

  // Ends what is queued, waits for what runs (stop the tasks first).
  void Stop();

 private:
  struct Entry;
  using Queue = std::list<std::shared_ptr<Entry>>;

  void Run(std::stop_token stop);
  void EndQueued(const std::shared_ptr<Entry>& entry);

  const Options options_;  // constant
  Poster& loop_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Queue queue_;                                    // guarded by mutex_
  int idle_ = 0, active_ = 0, largest_ = 0;        // guarded by mutex_
  std::int64_t completed_ = 0, rejected_ = 0;      // guarded by mutex_
  bool stopped_ = false;                           // guarded by mutex_
  std::vector<std::jthread> threads_;              // guarded by mutex_; last
};

// True on the threads of a pool that runs leaves.
bool OnLeafThread();

}  // namespace tasks
