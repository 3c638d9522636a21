// journal/internal/store_events.h
//
// What RocksDB reports while it runs: flushes and compactions that begin and end, write stalls that
// come and go, errors after which it takes no writes until it has been resumed (store_recovery.h).
//
// Lifetime: shared with the database. Threads: any; calls come on RocksDB's.

#pragma once

#include <rocksdb/listener.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "base/log/throttle.h"
#include "journal/disk_room.h"
#include "journal/node_store.h"

namespace journal::internal {

class StoreEvents final : public rocksdb::EventListener {
 public:
  // So long may one attempt to resume take: it waits for a flush of all memtables.
  static constexpr std::chrono::milliseconds kLongestAttempt{30'000};

  // `room`, which must outlive this, hears of compactions; null: nobody does.
  explicit StoreEvents(DiskRoom* room = nullptr,
                       std::chrono::milliseconds longest_attempt = kLongestAttempt)
      : room_(room), longest_attempt_(longest_attempt) {}

  // `look` is called whenever the store's files have changed. When this returns the one before is
  // at an end.
  void SetFilesObserver(std::function<void()> look);
  void FilesChanged();

  using Observer = std::function<void(const NodeStore::BackgroundRun&)>;

  void SetObserver(Observer observer);
  // Whether a compaction is at work; one that finds no room is not.
  bool compacts() const;

  // Waits until `ready()`, looked at after each event and every `kLook`, or until the task has to
  // stop: then its Cancelled status. `ready` is called without a lock.
  base::Status WaitFor(tasks::TaskContext& task, const char* on,
                       const std::function<bool()>& ready);

  // kRecovering: an error has stopped the writes, and the first attempts to resume are under way.
  // kFailed: these have failed; others follow. kDead: the store is damaged, nothing is tried.
  enum class State : std::uint8_t { kOpen, kRecovering, kFailed, kDead };
  State state() const { return state_.load(std::memory_order_acquire); }
  bool refuses_writes() const { return state() != State::kOpen; }
  // The error that stopped the writes. Empty while they are taken.
  std::string why_refused() const;
  // What an operator may do about it.
  std::string_view remedy() const;
  bool out_of_space() const { return out_of_space_.load(std::memory_order_acquire); }

  // How often an error may have come after bytes of a write had reached the disk.
  std::uint64_t write_failures() const { return write_failures_.load(std::memory_order_acquire); }

  // A write met an error that had been reported, and resumed from, before it took effect.
  void OnRefusedWrite(const rocksdb::Status& error);

  // Looked at by all who wait for the store to resume: an attempt that has not ended for long
  // counts as failed.
  void GiveUpIfStuck();

  // Waits until an attempt to resume has ended, at most until the deadline of a steady clock.
  void AwaitAttempt(std::chrono::steady_clock::time_point until, tasks::Uninterruptible why);

  // Of the recovery's thread. Waits for an error to recover from, and then for `pause`, which
  // Wake() cuts short; or for a wish for the marker, or until the deadline. False after Stop().
  bool AwaitError(std::chrono::milliseconds pause,
                  std::optional<std::chrono::steady_clock::time_point> until);
  // False: nothing has to be resumed.
  bool BeginAttempt();
  // How often RocksDB has taken an error back.
  std::uint64_t resumed() const { return resumed_.load(std::memory_order_acquire); }
  void AttemptEnded(const rocksdb::Status& status);
  void Wake();  // there may be room now: the next attempt need not wait
  void Stop();
  bool stopped() const;
  // Whether the family `default`, which keeps the log of writes replaceable, has become empty.
  bool TakeMarkerWish() { return wants_marker_.exchange(false); }

  void OnFlushBegin(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
  void OnCompactionBegin(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status error,
                            bool* auto_recovery) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override;

 private:
  void StopWrites(const rocksdb::Status& error, bool resumable);  // under mutex_
  void Tell(const NodeStore::BackgroundRun& run);
  void EndFlush();  // the one of this thread
  void Changed();

  DiskRoom* const room_;
  const std::chrono::milliseconds longest_attempt_;
  std::atomic<State> state_{State::kOpen};
  std::atomic<bool> out_of_space_{false}, wants_marker_{false};
  std::atomic<std::uint64_t> write_failures_{0}, resumed_{0};  // counters
  std::mutex files_mutex_;
  std::function<void()> look_at_files_;  // guarded by files_mutex_, also while it runs
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t events_ = 0;  // guarded by mutex_
  // Guarded by mutex_: the bytes that each compaction under way reads, by its job.
  std::map<int, std::uint64_t> compactions_;
  std::string error_;          // guarded by mutex_; what stopped the writes
  bool wants_resume_ = false;  // guarded by mutex_
  int attempts_ = 0;           // guarded by mutex_; failed, one after the other
  // Guarded by mutex_: when the attempt under way began.
  std::optional<std::chrono::steady_clock::time_point> attempt_began_;
  bool woken_ = false;    // guarded by mutex_
  bool stuck_ = false;    // guarded by mutex_: the attempt under way
  bool stopped_ = false;  // guarded by mutex_
  // On a full disk errors come and go. Of an error that was not logged, its end is not, either.
  base::log::LogThrottle refusals_{base::Clock::System()}, failures_{base::Clock::System()};
  bool logged_ = false;                       // guarded by mutex_; that no writes are taken
  std::shared_ptr<const Observer> observer_;  // guarded by mutex_
};

}  // namespace journal::internal
