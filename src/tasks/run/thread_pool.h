// tasks/run/thread_pool.h
//
// Threads that run tasks. A sized pool (`write`, `get`, `search`, `force_merge`) runs leaves: code
// that owns no ChildScope. The coordinator pool grows up to its bound and may own them. A task that
// is stopped while it is queued ends at once; a full queue refuses with 429.
//
// Lifetime: made by server/ after the registry; Stop() returns when the last thread has.
// Threads: any.

#pragma once

#include <functional>
#include <memory>

#include "base/thread.h"
#include "tasks/task_registry.h"

namespace tasks {

class ThreadPool {
 public:
  enum class Runs : std::uint8_t { kLeaves, kCoordinators };
  struct Options {
    std::string name;  // as OpenSearch calls it
    Runs runs = Runs::kLeaves;
    int threads = 1;           // coordinators: at most; leaves: exactly
    std::size_t queue = 1000;  // entries that may wait
    int nice = 0;              // 10 for background work
    base::Turns turns = base::Turns::kPlain;
  };
  using Work = std::function<End(TaskContext&)>;
  using Taken = std::function<void(RunningTask)>;

  // `loop` ends the queued tasks that are stopped.
  ThreadPool(Options options, Poster& loop);
  ~ThreadPool();

  // Runs `work` on a thread of the pool, or not at all if the task is stopped first, and finishes
  // the task with what it returns. A full queue: finishes it with 429.
  void Submit(RunningTask task, Work work);
  // The same for work that keeps the task, to finish it later and elsewhere.
  void Hand(RunningTask task, Taken work);
  // For work on one of our threads that has had its turn: goes on behind those that wait, and is
  // never refused. If the task is stopped first, `work` gets it at once, on the loop's thread, for
  // what there is to tell of what it has done: it looks for the stop before anything else.
  void Yield(RunningTask task, Taken work);
  // Counts a task as completed that was so small that it ran on the thread that brought it.
  void CountElsewhere();

  struct Stats {
    int threads, active, largest;
    std::size_t queue;
    std::int64_t completed, rejected;
  };
  Stats stats() const;
  const std::string& name() const;

  // Ends what is queued, waits for what runs (stop the tasks first).
  void Stop();

 private:
  struct Entry;
  struct State;  // shared with the loop, which ends the queued tasks that are stopped

  const std::shared_ptr<State> state_;
};

// True in the work on a thread of a pool that runs leaves.
bool OnLeafThread();
// Says so, while it lives.
class LeafThread {
 public:
  explicit LeafThread(bool is_leaf);
  ~LeafThread();
  LeafThread(const LeafThread&) = delete;
  LeafThread& operator=(const LeafThread&) = delete;

 private:
  const bool before_;
};

}  // namespace tasks
