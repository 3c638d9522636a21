// tasks/task_registry.h
//
// The TaskRegistry knows every task alive on this node, and is the only way to make one.
//
// Lifetime: one a node, made by server/, outlives its tasks. Threads: any.

#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "tasks/run/loop.h"
#include "tasks/task_filter.h"

namespace tasks {

class CancelMetrics;
class CheckpointMonitor;
class History;
class MemoryAccount;
class TaskObserver;
class TaskRegistry;

// Gives out blocks of task numbers that were never given out before, across restarts. A block need
// not follow the one before.
class IdBlocks {
 public:
  static constexpr std::int64_t kBlock = std::int64_t{1} << 20;
  virtual ~IdBlocks() = default;
  virtual base::Result<std::int64_t> Reserve() = 0;  // first number of a block of kBlock; synced
};

// A registered task in the hands of the one who works on it. Whoever holds it ends it; dropped
// without an end it ends as failed. Move-only.
class RunningTask {
 public:
  RunningTask() = default;
  RunningTask(RunningTask&& other) noexcept = default;
  RunningTask& operator=(RunningTask&& other) noexcept;
  ~RunningTask();

  TaskContext& operator*() const { return *task_; }
  TaskContext* operator->() const { return task_.get(); }
  const TaskPtr& context() const { return task_; }
  TaskRegistry& registry() const { return *registry_; }
  explicit operator bool() const { return task_ != nullptr; }

  // Takes the task off the list, keeps it in the history, then answers those who wait, on this
  // thread: hold no lock that they could need.
  void Finish(End end) &&;

 private:
  friend class TaskRegistry;
  RunningTask(TaskRegistry& registry, TaskPtr task)
      : registry_(&registry), task_(std::move(task)) {}

  TaskRegistry* registry_ = nullptr;
  TaskPtr task_;
};

class TaskRegistry {
 public:
  struct Options {
    std::string node_id;
    std::uint64_t incarnation = 0;
    std::size_t max_header_bytes = 8192;  // http.max_header_size
    const base::Clock* clock = nullptr;
    IdBlocks* ids = nullptr;           // null: numbers begin at 1, once a process
    Loop* loop = nullptr;              // deadlines; null: none are watched
    History* history = nullptr;        // null: none is kept
    CancelMetrics* metrics = nullptr;  // null: none are counted
    MemoryAccount* memory = nullptr;   // null: tasks may reserve what they want
    TaskObserver* observer = nullptr;  // null: nobody is notified
  };

  explicit TaskRegistry(Options options);
  ~TaskRegistry();

  const std::string& node_id() const { return options_.node_id; }
  std::uint64_t incarnation() const { return options_.incarnation; }
  const base::Clock& clock() const { return *options_.clock; }
  CheckpointMonitor& monitor() { return *monitor_; }
  CancelMetrics* metrics() const { return options_.metrics; }  // may be null
  MemoryAccount* memory() const { return options_.memory; }    // may be null

  // Puts a task on the list, where a cancel finds it from now on. 400 if its headers are too
  // large; 503 once StopAll() has been called (client tasks only).
  base::Result<RunningTask> Register(TaskSpec spec);

  // Null if it is not alive.
  TaskPtr Find(std::int64_t number) const;

  // The next at most `limit` tasks after `cursor` that match; an empty page is the end. A lock is
  // held for at most 256 entries.
  struct Cursor {
    std::size_t shard = 0;
    std::int64_t after = -1;
  };
  static constexpr std::size_t kPage = 1000;
  std::vector<TaskPtr> NextPage(Cursor& cursor, const TaskFilter& filter,
                                std::size_t limit = kPage) const;

  // Asks the task `id` of this node to stop, of whatever class. The Status is OpenSearch's for
  // "is not found", "doesn't support cancellation" and "doesn't support this operation".
  base::Result<TaskPtr> Cancel(const TaskId& id, const TaskFilter& filter, const Stop& stop);
  // The same without asking: what Cancel() would touch.
  base::Result<TaskPtr> FindForCancel(const TaskId& id, const TaskFilter& filter) const;

  // All cancellable tasks that `filter.MatchesForCancel()`; asks each to stop if `stop` is given.
  std::vector<TaskPtr> CancelMatching(const TaskFilter& filter, const Stop* stop);

  // Shutdown: stops every task and refuses new client tasks. WaitUntilEmpty(): false if tasks were
  // left after `budget_millis`.
  void StopAll(const std::string& reason);
  bool WaitUntilEmpty(std::int64_t budget_millis);

  // So many are looked through in less than a tenth of a millisecond, on any thread.
  static constexpr std::size_t kFew = 64;
  std::size_t size() const;

 private:
  friend class RunningTask;
  struct Alive {
    TaskPtr task;
    std::optional<Loop::TimerId> deadline;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::map<std::int64_t, Alive> alive;  // guarded by mutex
    // Of `alive`, or one more while a task is being put there: what is 0 need not be locked.
    std::atomic<std::size_t> count{0};
  };
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kEntriesPerLock = 256;

  // The next at most `limit` tasks that are `wanted`, which is asked outside our locks.
  template <typename Wanted>
  std::vector<TaskPtr> Walk(Cursor& cursor, std::size_t limit, Wanted wanted) const;
  base::Status CheckHeaders(const TaskSpec& spec) const;
  base::Result<std::int64_t> NextNumber();
  base::Status ReserveNumbers();  // needs ids_mutex_
  Shard& ShardOf(std::int64_t number) {
    return shards_[static_cast<std::size_t>(number) % kShards];
  }
  std::optional<Loop::TimerId> WatchDeadline(const TaskPtr& task);
  void Remove(const TaskPtr& task, End end);

  const Options options_;                       // constant
  std::unique_ptr<CheckpointMonitor> monitor_;  // constant
  std::array<Shard, kShards> shards_;
  std::atomic<bool> stopping_{false};   // set once, then each shard is looked at
  std::atomic<std::size_t> listed_{0};  // a counter
  std::mutex ids_mutex_;
  std::int64_t next_ = 1, block_end_ = 1;   // guarded by ids_mutex_
  std::int64_t reserve_at_ = 1;             // guarded by ids_mutex_; tries for the next block then
  std::optional<std::int64_t> next_block_;  // guarded by ids_mutex_; reserved, not yet begun
  std::mutex empty_mutex_;
  std::condition_variable empty_;  // unended_ has become 0
  std::int64_t unended_ = 0;  // guarded by empty_mutex_; listed, or those who wait not yet told
};

}  // namespace tasks
