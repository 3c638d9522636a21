#include "journal/internal/store_events.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "base/log.h"

namespace journal::internal {

namespace {

// RocksDB tells when a stall changes; this covers the moment between our look and its telling.
constexpr std::chrono::milliseconds kLook(10);

// Compactions give way to requests. Flushes do not: writers wait for them when memory is full.
constexpr int kCompactionNice = 10;

// The flush this thread is at; RocksDB tells of no end if it fails.
thread_local std::optional<std::uint64_t> t_flush;

void GiveWayToRequests() {
  thread_local bool done = false;
  if (done) return;
  done = true;
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kCompactionNice);
}

}  // namespace

void StoreEvents::SetObserver(Observer observer) {
  auto shared = observer ? std::make_shared<const Observer>(std::move(observer)) : nullptr;
  std::lock_guard lock(mutex_);
  observer_ = std::move(shared);
}

base::Status StoreEvents::WaitFor(tasks::TaskContext& task, const char* on,
                                  const std::function<bool()>& ready) {
  tasks::Waiting waiting(task, on);
  for (;;) {
    RETURN_IF_ERROR(task.Checkpoint());
    std::unique_lock lock(mutex_);
    const std::uint64_t seen = events_;
    lock.unlock();
    if (ready()) return {};
    lock.lock();
    changed_.wait_for(lock, task.stop_token(), kLook, [&] { return events_ != seen; });
  }
}

void StoreEvents::Changed() {
  std::lock_guard lock(mutex_);
  ++events_;
  changed_.notify_all();
}

void StoreEvents::Tell(const NodeStore::BackgroundRun& run) {
  std::shared_ptr<const Observer> observer;
  {
    std::lock_guard lock(mutex_);
    observer = observer_;
  }
  if (observer) (*observer)(run);
}

void StoreEvents::EndFlush() {
  if (const auto job = std::exchange(t_flush, std::nullopt)) Tell({"flush", *job, false});
}

void StoreEvents::OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo& info) {
  EndFlush();
  t_flush = static_cast<std::uint64_t>(info.job_id);
  Tell({"flush", *t_flush, true});
}

void StoreEvents::OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) {
  t_flush = static_cast<std::uint64_t>(info.job_id);
  EndFlush();
  Changed();
}

void StoreEvents::OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  GiveWayToRequests();
  Tell({"compaction", static_cast<std::uint64_t>(info.job_id), true});
}

void StoreEvents::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  Tell({"compaction", static_cast<std::uint64_t>(info.job_id), false});
}

void StoreEvents::OnStallConditionsChanged(const rocksdb::WriteStallInfo&) { Changed(); }

void StoreEvents::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) {
  base::log::Error("store", "background error", {{"error", error->ToString()}});
  EndFlush();
  if (error->severity() >= rocksdb::Status::kHardError) RefuseWrites();
  Changed();
}

void StoreEvents::OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) {
  if (!info.new_bg_error.ok()) return;
  base::log::Info("store", "recovered", {{"from", info.old_bg_error.ToString()}});
  refuses_writes_.store(false, std::memory_order_release);
  Changed();
}

}  // namespace journal::internal
