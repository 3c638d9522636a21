#include "tasks/task_registry.h"

#include <cassert>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/text/units.h"
#include "tasks/record/cancel_metrics.h"
#include "tasks/record/checkpoint_monitor.h"
#include "tasks/record/history.h"
#include "tasks/record/task_observer.h"
#include "tasks/run/thread_pool.h"

namespace tasks {

using base::Result;
using base::Status;

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

std::int64_t RoundUpToMillis(std::int64_t nanos) {
  return (nanos + kNanosPerMilli - 1) / kNanosPerMilli * kNanosPerMilli;
}

}  // namespace

RunningTask& RunningTask::operator=(RunningTask&& other) noexcept {
  RunningTask before = std::move(*this);  // ends at the end of this scope
  registry_ = other.registry_;
  task_ = std::move(other.task_);
  return *this;
}

RunningTask::~RunningTask() {
  if (!task_) return;
  // What passes through here is a bad_alloc.
  std::move(*this).Finish(End(std::uncaught_exceptions() > 0
                                  ? base::OutOfMemory()
                                  : base::Internal("the task was dropped by its work")));
}

void RunningTask::Finish(End end) && {
  const TaskPtr task = std::move(task_);
  registry_->Remove(task, std::move(end));
}

TaskRegistry::TaskRegistry(Options options)
    : options_(std::move(options)),
      monitor_(std::make_unique<CheckpointMonitor>(*options_.clock)) {}

// Whoever waited for the last end may be here before its Remove() has let go of us.
TaskRegistry::~TaskRegistry() {
  const bool empty = WaitUntilEmpty(10'000);
  assert(empty && "the registry outlives its tasks");
  (void)empty;
}

Status TaskRegistry::CheckHeaders(const TaskSpec& spec) const {
  if (!spec.origin) return {};
  std::size_t bytes = 0;
  for (const auto& [name, value] : spec.origin->headers) bytes += 2 * (name.size() + value.size());
  if (bytes <= options_.max_header_bytes) return {};
  const base::ByteSize limit(static_cast<std::int64_t>(options_.max_header_bytes));
  return base::IllegalArgument("Request exceeded the maximum size of task headers " +
                               limit.ToString());
}

Result<std::int64_t> TaskRegistry::NextNumber() {
  std::lock_guard lock(ids_mutex_);
  if (options_.ids != nullptr && next_ >= reserve_at_) RETURN_IF_ERROR(ReserveNumbers());
  return next_++;
}

// The next block is reserved from the middle of a block on, so that a disk without room, on which
// that fails, leaves numbers for what a node does then: reads, lists and cancels.
Status TaskRegistry::ReserveNumbers() {
  constexpr std::int64_t kAhead = IdBlocks::kBlock / 2, kPause = IdBlocks::kBlock / 64;
  Result<std::int64_t> block = next_block_ ? *next_block_ : options_.ids->Reserve();
  const bool used_up = next_ == block_end_;
  if (!block.ok()) {
    if (used_up) return block.status();
    base::log::Warn("tasks", "task numbers could not be reserved, will retry",
                    {{"left", block_end_ - next_}, {"error", block.status()}});
    reserve_at_ = std::min(next_ + kPause, block_end_);
    return {};
  }
  next_block_ = *block;
  reserve_at_ = block_end_;
  if (!used_up) return {};
  next_ = *std::exchange(next_block_, std::nullopt);
  block_end_ = next_ + IdBlocks::kBlock;
  reserve_at_ = block_end_ - kAhead;
  return {};
}

Result<RunningTask> TaskRegistry::Register(TaskSpec spec) {
  RETURN_IF_ERROR(CheckHeaders(spec));
  ASSIGN_OR_RETURN(const std::int64_t number, NextNumber());
  const bool is_client = spec.task_class == TaskClass::kClient;
  auto task =
      std::make_shared<TaskContext>(TaskId{options_.node_id, number}, std::move(spec), clock(),
                                    options_.metrics, options_.memory, options_.observer);
  {
    std::lock_guard lock(empty_mutex_);
    ++unended_;
  }
  RunningTask running(*this, task);
  if (options_.observer != nullptr) options_.observer->OnStart(*task);
  const std::optional<Loop::TimerId> deadline = WatchDeadline(task);
  Shard& shard = ShardOf(number);
  std::unique_lock lock(shard.mutex);
  ++shard.count;
  // Behind the count, which StopAll() looks at behind this: one of us sees the other.
  if (is_client && stopping_.load()) {
    --shard.count;
    lock.unlock();
    const Status refused(503, "node_closed_exception", "node is shutting down");
    std::move(running).Finish(End(refused));
    return refused;
  }
  shard.alive.emplace_hint(shard.alive.end(), number, Alive{std::move(task), deadline});
  listed_.fetch_add(1, std::memory_order_relaxed);
  return running;
}

// Rounded up, so that no task is told of a time that is not yet over.
std::optional<Loop::TimerId> TaskRegistry::WatchDeadline(const TaskPtr& task) {
  if (!task->spec().deadline_nanos || options_.loop == nullptr) return std::nullopt;
  const std::int64_t due = RoundUpToMillis(*task->spec().deadline_nanos);
  const std::int64_t granted = RoundUpToMillis(*task->spec().deadline_nanos - task->start_nanos_);
  return options_.loop->At(due, [weak = std::weak_ptr(task), granted] {
    if (const TaskPtr held = weak.lock())
      held->RequestStop(
          {.cause = StopCause::kDeadline,
           .reason = "Cancellation timeout of " +
                     base::TimeValue::Nanos(std::max<std::int64_t>(granted, 0)).ToString() +
                     " is expired"});
  });
}

void TaskRegistry::Remove(const TaskPtr& task, End end) {
  std::optional<Loop::TimerId> deadline;
  bool was_listed = false;
  {
    Shard& shard = ShardOf(task->id().number);
    std::lock_guard lock(shard.mutex);
    if (auto entry = shard.alive.extract(task->id().number)) {
      --shard.count;
      was_listed = true;
      deadline = entry.mapped().deadline;
    }
  }
  if (was_listed) listed_.fetch_sub(1, std::memory_order_relaxed);
  if (deadline) options_.loop->Cancel(*deadline);
  task->SetEnd(std::move(end));
  if (options_.observer != nullptr) options_.observer->OnEnd(*task);
  if (was_listed && options_.history != nullptr && options_.history->Keeps(*task))
    options_.history->Add(task->Info(/*detailed=*/true));
  if (was_listed && options_.metrics != nullptr) options_.metrics->CountEnd(task->spec().action);
  if (const auto stop = task->stop(); stop && options_.metrics != nullptr)
    options_.metrics->CountCancelToEnd(task->spec().action, task->end_nanos_ - stop->at_nanos);
  {
    const LeafThread none(false);  // those who wait go on here, and may own children
    task->TellWaiters();
  }
  std::lock_guard lock(empty_mutex_);
  if (--unended_ == 0) empty_.notify_all();
}

TaskPtr TaskRegistry::Find(std::int64_t number) const {
  const Shard& shard = shards_[static_cast<std::size_t>(number) % kShards];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.alive.find(number);
  return found == shard.alive.end() ? nullptr : found->second.task;
}

std::vector<TaskPtr> TaskRegistry::NextPage(Cursor& cursor, const TaskFilter& filter,
                                            std::size_t limit) const {
  return Walk(cursor, limit, [&](const TaskContext& task) { return filter.Matches(task); });
}

template <typename Wanted>
std::vector<TaskPtr> TaskRegistry::Walk(Cursor& cursor, std::size_t limit, Wanted wanted) const {
  std::vector<TaskPtr> page, seen;
  seen.reserve(kEntriesPerLock);
  while (cursor.shard < kShards && page.size() < limit) {
    seen.clear();
    if (const Shard& shard = shards_[cursor.shard]; shard.count > 0) {
      std::lock_guard lock(shard.mutex);
      auto next = shard.alive.upper_bound(cursor.after);
      for (; next != shard.alive.end() && seen.size() < kEntriesPerLock; ++next)
        seen.push_back(next->second.task);
    }
    for (TaskPtr& task : seen) {
      if (page.size() == limit) return page;
      cursor.after = task->id().number;
      if (wanted(*task)) page.push_back(std::move(task));
    }
    if (seen.size() < kEntriesPerLock) cursor = {.shard = cursor.shard + 1, .after = -1};
  }
  return page;
}

Result<TaskPtr> TaskRegistry::FindForCancel(const TaskId& id, const TaskFilter& filter) const {
  const TaskPtr task = id.node == node_id() ? Find(id.number) : nullptr;
  if (!task) return base::ResourceNotFound("task [" + id.ToString() + "] is not found");
  if (!task->spec().cancellable)
    return base::IllegalArgument("task [" + id.ToString() + "] doesn't support cancellation");
  if (!filter.Matches(*task))
    return base::IllegalArgument("task [" + id.ToString() + "] doesn't support this operation");
  return task;
}

Result<TaskPtr> TaskRegistry::Cancel(const TaskId& id, const TaskFilter& filter, const Stop& stop) {
  ASSIGN_OR_RETURN(TaskPtr task, FindForCancel(id, filter));
  if (!task->RequestStop(stop))
    return base::ResourceNotFound("task [" + id.ToString() + "] is not found");
  return task;
}

std::vector<TaskPtr> TaskRegistry::CancelMatching(const TaskFilter& filter, const Stop* stop) {
  Cursor cursor;
  return Walk(cursor, SIZE_MAX, [&](TaskContext& task) {
    return filter.MatchesForCancel(task) && (stop == nullptr || task.RequestStop(*stop));
  });
}

void TaskRegistry::StopAll(const std::string& reason) {
  stopping_.store(true);
  const Stop stop{.cause = StopCause::kShutdown, .reason = reason};
  Cursor cursor;
  Walk(cursor, SIZE_MAX, [&](TaskContext& task) { return task.RequestStop(stop) && false; });
}

bool TaskRegistry::WaitUntilEmpty(std::int64_t budget_millis) {
  std::unique_lock lock(empty_mutex_);
  return empty_.wait_for(lock, std::chrono::milliseconds(budget_millis),
                         [this] { return unended_ == 0; });
}

std::size_t TaskRegistry::size() const { return listed_.load(std::memory_order_relaxed); }

}  // namespace tasks
