#include "tasks/run/after_end.h"

#include "base/log.h"

namespace tasks {

using base::Status;

void AfterEnd::Run(const TaskContext& task, Job job) {
  const TaskId& of = task.id();
  if (job.result) {
    std::lock_guard lock(mutex_);
    unstored_.insert_or_assign(of, *std::move(job.result));
  }
  TaskSpec spec;
  spec.action = job.action;
  spec.task_class = TaskClass::kBackground;
  spec.parent = task.spec().parent;
  spec.description = "after the end of task [" + of.ToString() + "]";
  spec.origin = task.spec().origin;
  spec.deadline_nanos = registry_.clock().MonotonicNanos() + job.budget_millis * 1'000'000;
  base::Result<RunningTask> sibling = registry_.Register(std::move(spec));
  if (!sibling.ok()) return Settle(of, End(sibling.status()));
  // Safe: the pool, on which the sibling ends, stops before we are destroyed.
  (*sibling)->AtEnd([this, of](const End& end) { Settle(of, end); });
  pool_.Submit(*std::move(sibling),
               [work = std::move(job.work)](TaskContext& running) { return End(work(running)); });
}

void AfterEnd::Settle(const TaskId& task, const End& end) {
  std::optional<std::string> kept;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = unstored_.find(task); found != unstored_.end()) kept = found->second;
  }
  if (end.outcome != Outcome::kDone) {
    base::log::Warn("tasks", "what was left to do after a task's end failed",
                    {{"task", task.ToString()}, {"error", end.error}, {"spooled", kept && spool_}});
    if (kept && spool_ != nullptr) {
      const Status put = spool_->Put(task, *kept);
      if (!put.ok())
        base::log::Error("tasks", "a result is lost", {{"task", task.ToString()}, {"error", put}});
    }
  }
  std::lock_guard lock(mutex_);
  unstored_.erase(task);
}

std::optional<std::string> AfterEnd::Find(const TaskId& task) const {
  {
    std::lock_guard lock(mutex_);
    if (const auto kept = unstored_.find(task); kept != unstored_.end()) return kept->second;
  }
  if (spool_ == nullptr) return std::nullopt;
  auto spooled = spool_->Find(task);
  if (!spooled.ok()) return std::nullopt;
  return *std::move(spooled);
}

}  // namespace tasks
