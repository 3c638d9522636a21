#include "tasks/task_context.h"

#include <algorithm>
#include <ctime>

#include "base/json/compact_writer.h"
#include "tasks/record/cancel_metrics.h"
#include "tasks/record/checkpoint_monitor.h"
#include "tasks/record/task_observer.h"

namespace tasks {

using base::Status;

namespace {

std::int64_t CpuNanos(pthread_t thread) {
  clockid_t clock{};
  timespec used{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return static_cast<std::int64_t>(used.tv_sec) * 1'000'000'000 + used.tv_nsec;
}

}  // namespace

TaskContext::TaskContext(TaskId id, TaskSpec spec, const base::Clock& clock, CancelMetrics* metrics,
                         MemoryAccount* memory, TaskObserver* observer)
    : id_(std::move(id)),
      spec_(std::move(spec)),
      clock_(clock),
      metrics_(metrics),
      memory_account_(memory),
      observer_(observer),
      start_wall_(clock.WallMillis()),
      start_nanos_(clock.MonotonicNanos()) {}

Status TaskContext::SlowCheckpoint() const {
  AnswerProbe();
  if ((signal_.load(std::memory_order_acquire) & kStop) == 0) return {};
  std::lock_guard lock(mutex_);
  return base::Cancelled(stop_->reason);
}

Status TaskContext::Seal() {
  AnswerProbe();
  std::lock_guard lock(mutex_);
  if (stop_) return base::Cancelled(stop_->reason);
  if (spec_.lease && clock_.BootNanos() >= spec_.lease->valid_until_boot_nanos.load())
    return {503, "node_not_connected_exception",
            "the lease of the caller is over, nothing new may begin for it"};
  sealed_ = true;
  return {};
}

Status TaskContext::Unseal() {
  AnswerProbe();
  {
    std::lock_guard lock(mutex_);
    sealed_ = false;
    if (!stop_) return {};
    signal_.fetch_or(kStop, std::memory_order_release);
  }
  stop_source_.request_stop();
  return Checkpoint();
}

bool TaskContext::RequestStop(Stop stop) {
  if (stop.at_wall_millis == 0) stop.at_wall_millis = clock_.WallMillis();
  if (stop.at_nanos == 0) stop.at_nanos = clock_.MonotonicNanos();
  bool latched = false;
  {
    std::lock_guard lock(mutex_);
    if (end_) return false;
    if (stop_) return true;  // the first wins
    stop_ = std::move(stop);
    latched = sealed_;
    if (!latched) signal_.fetch_or(kStop, std::memory_order_release);
  }
  // Both run other people's code: never under our lock.
  if (!latched) stop_source_.request_stop();
  if (observer_ != nullptr) observer_->OnChange(*this);
  return true;
}

std::optional<Stop> TaskContext::stop() const {
  std::lock_guard lock(mutex_);
  return stop_;
}

bool TaskContext::completed_despite_cancel() const {
  std::lock_guard lock(mutex_);
  return stop_ && end_ && end_->outcome == Outcome::kDone;
}

void TaskContext::TellStopped(StoppedOthers stopped) {
  auto told = std::make_unique<const StoppedOthers>(std::move(stopped));
  std::lock_guard lock(mutex_);
  stopped_.swap(told);
}

bool TaskContext::has_stopped_others() const {
  std::lock_guard lock(mutex_);
  return stopped_ != nullptr;
}

std::optional<Outcome> TaskContext::outcome() const {
  std::lock_guard lock(mutex_);
  return end_ ? std::optional(end_->outcome) : std::nullopt;
}

TaskContext::WaiterId TaskContext::AtEnd(OnEnd on_end) {
  {
    std::lock_guard lock(mutex_);
    if (!told_) {
      waiters_.emplace_back(++last_waiter_, std::move(on_end));
      return last_waiter_;
    }
  }
  on_end(*end_);
  return 0;
}

void TaskContext::ForgetWaiter(WaiterId id) {
  OnEnd forgotten;  // what it holds ends outside our lock
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(waiters_, id, &std::pair<WaiterId, OnEnd>::first);
  if (found == waiters_.end()) return;
  forgotten = std::move(found->second);
  waiters_.erase(found);
}

void TaskContext::SetEnd(End end) {
  AnswerProbe();  // the rest of its run had no checkpoint either
  probed_at_.store(kEnded);
  std::lock_guard lock(mutex_);
  end_ = std::move(end);
  end_nanos_ = clock_.MonotonicNanos();
}

void TaskContext::TellWaiters() {
  decltype(waiters_) waiters;
  {
    std::lock_guard lock(mutex_);
    told_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& [id, on_end] : waiters) on_end(*end_);
}

void TaskContext::Describe(std::string description, std::vector<std::string> indices) {
  auto shown = std::make_unique<const Shown>(Shown{std::move(description), std::move(indices)});
  {
    std::lock_guard lock(mutex_);
    shown_.swap(shown);
  }
  if (observer_ != nullptr) observer_->OnChange(*this);
}

std::optional<std::string> TaskContext::description() const {
  std::lock_guard lock(mutex_);
  return shown_ ? shown_->description : spec_.description;
}

std::vector<std::string> TaskContext::indices() const {
  std::lock_guard lock(mutex_);
  return shown_ ? shown_->indices : spec_.indices;
}

void TaskContext::SetTotal(std::int64_t total, const char* unit) {
  const char* const before = unit_.exchange(unit, std::memory_order_relaxed);
  if (before != nullptr && before != unit) done_.store(0, std::memory_order_relaxed);
  total_.store(total, std::memory_order_relaxed);
}

void TaskContext::AddMemory(std::int64_t bytes) const {
  const std::int64_t now = memory_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::int64_t most = most_memory_.load(std::memory_order_relaxed);
  while (now > most && !most_memory_.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
  }
}

std::int64_t TaskContext::running_nanos() const {
  std::lock_guard lock(mutex_);
  return (end_ ? end_nanos_ : clock_.MonotonicNanos()) - start_nanos_;
}

void TaskContext::Probe(std::int64_t now) {
  if (probed_at_.load() != kNoProbe || waits_on_.load() != nullptr) return;
  probed_phase_.store(phase_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  std::int64_t none = kNoProbe;
  if (!probed_at_.compare_exchange_strong(none, now)) return;
  signal_.fetch_or(kProbe, std::memory_order_release);
}

void TaskContext::AnswerProbe() const {
  if ((signal_.load(std::memory_order_acquire) & kProbe) == 0) return;
  signal_.fetch_and(~kProbe, std::memory_order_acq_rel);
  const char* const phase = probed_phase_.load(std::memory_order_relaxed);
  std::int64_t asked = probed_at_.load();
  if (asked == kEnded || !probed_at_.compare_exchange_strong(asked, kNoProbe)) return;
  const std::int64_t gap = clock_.MonotonicNanos() - asked;
  if (gap > longest_gap_.load(std::memory_order_relaxed))
    longest_gap_.store(gap, std::memory_order_relaxed);
  if (metrics_ != nullptr && gap > CheckpointMonitor::kGapNanos) metrics_->CountGap(phase, gap);
}

void TaskContext::DropProbe() {
  if ((signal_.load(std::memory_order_acquire) & kProbe) == 0) return;
  signal_.fetch_and(~kProbe, std::memory_order_acq_rel);
  std::int64_t asked = probed_at_.load();
  if (asked != kEnded) probed_at_.compare_exchange_strong(asked, kNoProbe);
}

bool TaskContext::EnterThread() {
  const pthread_t self = pthread_self();
  const std::int64_t used = CpuNanos(self);
  std::lock_guard lock(thread_mutex_);
  if (thread_) return false;
  thread_ = self;
  thread_cpu_start_ = used;
  ++executions_;
  return true;
}

void TaskContext::LeaveThread() {
  AnswerProbe();
  const std::int64_t used = CpuNanos(pthread_self());
  std::lock_guard lock(thread_mutex_);
  thread_.reset();
  cpu_nanos_ += used - thread_cpu_start_;
}

TaskInfo::Resources TaskContext::resources() const {
  std::lock_guard lock(thread_mutex_);  // so the thread does not end meanwhile
  return {.cpu_nanos = cpu_nanos_ + (thread_ ? CpuNanos(*thread_) - thread_cpu_start_ : 0),
          .memory_bytes = memory_.load(std::memory_order_relaxed),
          .executions = executions_,
          .active_threads = thread_ ? 1 : 0};
}

TaskInfo TaskContext::Info(bool detailed) const {
  TaskInfo info;
  info.id = id_;
  info.type = spec_.type;
  info.task_class = spec_.task_class;
  info.action = spec_.action;
  info.start_time_millis = start_wall_;
  info.cancellable = spec_.cancellable;
  info.not_cancellable_because = spec_.not_cancellable_because;
  info.parent = spec_.parent;
  info.origin = spec_.origin;
  info.phase = phase_.load(std::memory_order_relaxed);
  info.waits_on = waits_on_.load(std::memory_order_relaxed);
  info.unit = unit_.load(std::memory_order_relaxed);
  info.done = done_.load(std::memory_order_relaxed);
  info.total = total_.load(std::memory_order_relaxed);
  info.longest_gap_nanos = longest_gap_.load(std::memory_order_relaxed);
  const std::int64_t now = clock_.MonotonicNanos();
  if (const std::int64_t probed = probed_at_.load(); probed > 0)
    info.checkpoint_age_nanos = now - probed;
  if (detailed) {
    info.description = description();
    info.resources = resources();
    if (spec_.status) {
      base::json::CompactWriter writer(info.status.emplace());
      spec_.status->Write(writer);
    }
  }
  std::lock_guard lock(mutex_);
  const std::int64_t until = end_ ? end_nanos_ : now;
  info.running_nanos = until - start_nanos_;
  info.cancelled = stop_.has_value();
  info.stop = stop_;
  if (stop_) {
    info.cancellation_time_millis = stop_->at_wall_millis;
    info.stopping_for_nanos = until - stop_->at_nanos;
  }
  if (end_) {
    if (info.resources) info.resources->memory_bytes = most_memory_.load(std::memory_order_relaxed);
    if (stopped_) info.stopped_others = *stopped_;
    info.outcome = end_->outcome;
    info.completed_despite_cancel = stop_ && end_->outcome == Outcome::kDone;
    info.error = end_->error.reason();
  }
  return info;
}

}  // namespace tasks
