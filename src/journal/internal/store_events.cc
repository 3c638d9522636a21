#include "journal/internal/store_events.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <utility>

#include <rocksdb/db.h>

#include "base/log.h"

namespace journal::internal {

namespace {

// RocksDB tells when a stall changes; this covers the moment between our look and its telling.
constexpr std::chrono::milliseconds kLook(10);

// So many attempts to resume must fail before writers are told.
constexpr int kAttempts = 3;

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

void StoreEvents::SetFilesObserver(std::function<void()> look) {
  std::lock_guard lock(files_mutex_);
  look_at_files_ = std::move(look);
}

void StoreEvents::FilesChanged() {
  {
    std::lock_guard lock(files_mutex_);
    if (look_at_files_) look_at_files_();
  }
  Changed();
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
  if (info.cf_name == rocksdb::kDefaultColumnFamilyName) wants_marker_.store(true);
  t_flush = static_cast<std::uint64_t>(info.job_id);
  EndFlush();
  FilesChanged();
}

bool StoreEvents::compacts() const {
  std::lock_guard lock(mutex_);
  return !compactions_.empty();
}

void StoreEvents::OnCompactionBegin(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) {
  GiveWayToRequests();
  std::uint64_t bytes = 0;
  for (const std::string& file : info.input_files) {
    std::uint64_t size = 0;
    if (db->GetEnv()->GetFileSize(file, &size).ok()) bytes += size;
  }
  {
    std::lock_guard lock(mutex_);
    compactions_.emplace(info.job_id, bytes);
  }
  if (room_ != nullptr) room_->CompactionBegan(bytes);
  Tell({"compaction", static_cast<std::uint64_t>(info.job_id), true});
}

void StoreEvents::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) {
  std::uint64_t bytes = 0;
  {
    std::lock_guard lock(mutex_);
    if (auto job = compactions_.extract(info.job_id)) bytes = job.mapped();
  }
  if (room_ != nullptr) room_->CompactionEnded(bytes);
  FilesChanged();
  Tell({"compaction", static_cast<std::uint64_t>(info.job_id), false});
}

void StoreEvents::OnStallConditionsChanged(const rocksdb::WriteStallInfo&) { Changed(); }

// RocksDB calls an I/O error fatal because it cannot know whether the file system recovers. All
// that is not durable is still in memory, and resuming writes it to new files: such an error is
// worth another attempt. Damage is not.
void StoreEvents::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) {
  using Reason = rocksdb::BackgroundErrorReason;
  EndFlush();
  if (reason != Reason::kFlush && reason != Reason::kCompaction) {
    write_failures_.fetch_add(1, std::memory_order_acq_rel);
  }
  const bool resumable = error->IsIOError() || error->IsNoSpace();
  if (resumable && error->severity() > rocksdb::Status::kHardError) {
    *error = rocksdb::Status(*error, rocksdb::Status::kHardError);
  }
  std::lock_guard lock(mutex_);
  if (error->severity() >= rocksdb::Status::kHardError) {
    StopWrites(*error, resumable);
  } else if (state() == State::kOpen) {
    base::log::Warn("store", "background error", {{"error", error->ToString()}});
  }
  wants_resume_ = wants_resume_ || resumable;
  ++events_;
  changed_.notify_all();
}

void StoreEvents::StopWrites(const rocksdb::Status& error, bool resumable) {
  if (state() == State::kDead) return;
  if (state() == State::kOpen) {
    if (const auto kept_back = refusals_.Pass()) {
      base::log::Error("store", "the store takes no writes after an error",
                       {{"error", error.ToString()}, {"kept_back", *kept_back}});
      logged_ = true;
    }
    state_.store(State::kRecovering, std::memory_order_release);
  }
  if (!resumable) state_.store(State::kDead, std::memory_order_release);
  error_ = error.ToString();
  out_of_space_.store(error.IsNoSpace(), std::memory_order_release);
}

// The last resort if an error took effect only after the store had resumed from it.
void StoreEvents::OnRefusedWrite(const rocksdb::Status& error) {
  std::lock_guard lock(mutex_);
  if (state() != State::kOpen || !error.IsIOError()) return;
  StopWrites(error, true);
  wants_resume_ = true;
  ++events_;
  changed_.notify_all();
}

// Its own attempts look every five seconds, and only where more is free than a compaction wants.
void StoreEvents::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                                       bool* auto_recovery) {
  *auto_recovery = false;
}

void StoreEvents::OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) {
  if (info.new_bg_error.ok()) resumed_.fetch_add(1, std::memory_order_acq_rel);
}

std::string StoreEvents::why_refused() const {
  std::lock_guard lock(mutex_);
  return error_;
}

std::string_view StoreEvents::remedy() const {
  std::lock_guard lock(mutex_);
  if (state() == State::kDead) return "restart the node";
  return stuck_ ? "resuming has not ended for long: restart the node"
                : "it resumes by itself once the error is gone";
}

void StoreEvents::GiveUpIfStuck() {
  std::lock_guard lock(mutex_);
  if (state() != State::kRecovering || !attempt_began_) return;
  if (std::chrono::steady_clock::now() - *attempt_began_ < longest_attempt_) return;
  base::log::Error("store", "resuming takes very long, restart the node if it does not end",
                   {{"error", error_}});
  stuck_ = true;
  state_.store(State::kFailed, std::memory_order_release);
  ++events_;
  changed_.notify_all();
}

void StoreEvents::AwaitAttempt(std::chrono::steady_clock::time_point until,
                               tasks::Uninterruptible) {
  std::unique_lock lock(mutex_);
  const bool ended = changed_.wait_until(
      lock, until, [this] { return state() != State::kRecovering || stopped_; });
  lock.unlock();
  if (!ended) GiveUpIfStuck();
}

bool StoreEvents::AwaitError(std::chrono::milliseconds pause,
                             std::optional<std::chrono::steady_clock::time_point> until) {
  std::unique_lock lock(mutex_);
  const auto due = [this] { return stopped_ || wants_resume_ || wants_marker_.load(); };
  if (until) {
    changed_.wait_until(lock, *until, due);
  } else {
    changed_.wait(lock, due);
  }
  if (wants_resume_) changed_.wait_for(lock, pause, [this] { return stopped_ || woken_; });
  woken_ = false;
  return !stopped_;
}

// An error that comes during the attempt asks for another one.
bool StoreEvents::BeginAttempt() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(wants_resume_, false) || state() == State::kDead) return false;
  attempt_began_ = std::chrono::steady_clock::now();
  return true;
}

void StoreEvents::AttemptEnded(const rocksdb::Status& status) {
  std::lock_guard lock(mutex_);
  attempt_began_.reset();
  stuck_ = false;
  if (status.ok() && !wants_resume_ && state() != State::kDead) {
    if (std::exchange(logged_, false)) {
      base::log::Info("store", "the store takes writes again", {{"after", error_}});
    }
    state_.store(State::kOpen, std::memory_order_release);
    out_of_space_.store(false, std::memory_order_release);
    error_.clear();
    attempts_ = 0;
  } else {
    wants_resume_ = true;
    if (++attempts_ >= kAttempts && state() == State::kRecovering) {
      if (const auto kept_back = failures_.Pass()) {
        base::log::Warn("store", "the store cannot resume yet",
                        {{"error", status.ToString()}, {"kept_back", *kept_back}});
        logged_ = true;
      }
      state_.store(State::kFailed, std::memory_order_release);
    }
  }
  ++events_;
  changed_.notify_all();
}

void StoreEvents::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = wants_resume_;
  if (woken_) changed_.notify_all();
}

bool StoreEvents::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void StoreEvents::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace journal::internal
