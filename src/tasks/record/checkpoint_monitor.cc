#include "tasks/record/checkpoint_monitor.h"

#include <algorithm>
#include <chrono>

namespace tasks {

namespace {

// A burst of short tasks must not wake the monitor for each: it goes to sleep after a while only.
constexpr int kIdlePeriods = 50;

}  // namespace

CheckpointMonitor::~CheckpointMonitor() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void CheckpointMonitor::Enter(TaskContext& task) {
  std::lock_guard lock(mutex_);
  active_.push_back(&task);
  if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  if (asleep_) changed_.notify_one();
}

void CheckpointMonitor::Leave(TaskContext& task) {
  std::lock_guard lock(mutex_);
  *std::ranges::find(active_, &task) = active_.back();
  active_.pop_back();
}

void CheckpointMonitor::Probe() {
  const std::int64_t now = clock_.MonotonicNanos();
  std::lock_guard lock(mutex_);
  for (TaskContext* task : active_) task->Probe(now);
}

void CheckpointMonitor::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "checkpoints");
  int idle = 0;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (idle >= kIdlePeriods) {
      asleep_ = true;
      changed_.wait(lock, stop, [this] { return !active_.empty(); });
      asleep_ = false;
    }
    changed_.wait_for(lock, stop, std::chrono::nanoseconds(kPeriodNanos), [] { return false; });
    idle = active_.empty() ? idle + 1 : 0;
    lock.unlock();
    Probe();
    lock.lock();
  }
}

OnThread::OnThread(CheckpointMonitor& monitor, TaskPtr task)
    : monitor_(monitor), task_(std::move(task)), entered_(task_->EnterThread()) {
  if (entered_) monitor_.Enter(*task_);
}

OnThread::~OnThread() {
  if (!entered_) return;
  monitor_.Leave(*task_);
  task_->LeaveThread();
}

}  // namespace tasks
