#include "journal/internal/store_recovery.h"

#include <rocksdb/convenience.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <optional>

#include "base/thread.h"

namespace journal::internal {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFirstPause(10), kLongestPause(2000), kPauseOfPreparing(5000);
// RocksDB reports an error a moment before it takes effect; one that comes while another is in
// force never does.
constexpr int kLooksForError = 50;

}  // namespace

StoreRecovery::StoreRecovery(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* marker_family,
                             StoreEvents& events, std::function<void()> make_room,
                             std::atomic<std::uint64_t>& lost,
                             std::chrono::milliseconds prepare_after)
    : db_(db),
      marker_family_(marker_family),
      events_(events),
      make_room_(std::move(make_room)),
      lost_(lost),
      prepare_after_(prepare_after),
      slack_(db) {
  if (prepare_after_ == prepare_after_.zero()) slack_.Prepare();
  WriteMarker(1).PermitUncheckedError();
  thread_ = std::thread([this] { Run(); });
}

StoreRecovery::~StoreRecovery() {
  events_.Stop();
  rocksdb::CancelAllBackgroundWork(&db_,
                                   false);  // an attempt may wait for a flush that never comes
  thread_.join();
}

void StoreRecovery::Run() {
  base::IntroduceThread("store recovery");
  milliseconds pause = kFirstPause;
  std::optional<Clock::time_point> prepare_at = Clock::now() + prepare_after_;
  while (events_.AwaitError(pause, prepare_at)) {
    if (events_.TakeMarkerWish()) WriteMarker(1).PermitUncheckedError();
    if (events_.BeginAttempt()) {
      const rocksdb::Status status = Attempt();
      events_.AttemptEnded(status);
      pause = status.ok() ? kFirstPause : std::min(3 * pause, kLongestPause);
      if (status.ok()) prepare_at = Clock::now();
    } else if (prepare_at && Clock::now() >= *prepare_at) {
      prepare_at.reset();
      if (!slack_.Prepare()) prepare_at = Clock::now() + kPauseOfPreparing;
    }
  }
}

rocksdb::Status StoreRecovery::Attempt() {
  if (!events_.refuses_writes()) {  // the error is a compaction's: nothing was refused
    return slack_.Resume();
  }
  if (make_room_) make_room_();
  const std::uint64_t log = LogNumber();
  if (rocksdb::Status resumed = Resume(); !resumed.ok()) return resumed;
  if (LogNumber() == log) {
    if (rocksdb::Status replaced = ReplaceLog(); !replaced.ok()) return replaced;
  }
  // A write may have failed between its memtable and the publication of its sequence numbers, which
  // the next write would then use again. As many entries of no importance use them up; the journal
  // finds out afterwards whether the record is there.
  const std::uint64_t lost = lost_.load(std::memory_order_acquire);
  rocksdb::Status marked = WriteMarker(lost + 1);
  if (marked.ok()) lost_.fetch_sub(lost, std::memory_order_acq_rel);
  return marked;
}

rocksdb::Status StoreRecovery::Resume() {
  const std::uint64_t resumed = events_.resumed();
  for (int look = 1;; ++look) {
    AwaitEndOfFlush();
    rocksdb::Status status = slack_.Resume();
    const bool too_early = status.ok() && events_.resumed() == resumed;
    if (!too_early || look == kLooksForError) return status;
    std::this_thread::sleep_for(kFirstPause);
  }
}

// A flush that fails reports its error three times over. If RocksDB receives a report while it
// resumes, it gives up, and the flush that it has scheduled begins during the error, in vain.
void StoreRecovery::AwaitEndOfFlush() {
  std::uint64_t running = 0;
  while (!events_.stopped() &&
         db_.GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &running) && running > 0) {
    std::this_thread::sleep_for(kFirstPause);
  }
}

std::uint64_t StoreRecovery::LogNumber() {
  std::unique_ptr<rocksdb::LogFile> log;
  const rocksdb::Status status = db_.GetCurrentWalFile(&log);
  return status.ok() ? log->LogNumber() : 0;
}

// All memtables were empty, because the marker's own write has failed. An entry that bypasses the
// log gives RocksDB something to flush. If the log takes no more writes this Flush() fails, and in
// the next attempt Resume() replaces the log.
rocksdb::Status StoreRecovery::ReplaceLog() {
  rocksdb::WriteOptions bypass;
  bypass.disableWAL = true;
  rocksdb::Status written = db_.Put(bypass, marker_family_, "resumed", "");
  if (!written.ok()) return written;
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = true;
  return db_.Flush(flush, marker_family_);
}

// RocksDB goes on with a new log of writes only if some memtable had something to flush when it
// resumed; a write to the old log, behind a failed one, would end the process. So one family is
// never empty.
rocksdb::Status StoreRecovery::WriteMarker(std::uint64_t entries) {
  rocksdb::WriteBatch batch;
  for (std::uint64_t i = 0; i < entries; ++i) {
    batch.Put(marker_family_, "resumed", "").PermitUncheckedError();
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  return db_.Write(options, &batch);
}

}  // namespace journal::internal
