// journal/internal/store_events.h
//
// What RocksDB tells while it runs: flushes and compactions that begin and end, write stalls that
// come and go, errors after which it takes no more writes.
//
// Lifetime: shared with the database. Threads: any; calls come on RocksDB's.

#pragma once

#include <rocksdb/listener.h>

#include <condition_variable>
#include <mutex>

#include "journal/node_store.h"

namespace journal::internal {

class StoreEvents final : public rocksdb::EventListener {
 public:
  using Observer = std::function<void(const NodeStore::BackgroundRun&)>;

  void SetObserver(Observer observer);

  // Waits until `ready()`, looked at after each event and every `kLook`, or until the task has to
  // stop: then its Cancelled status. `ready` is called without a lock.
  base::Status WaitFor(tasks::TaskContext& task, const char* on,
                       const std::function<bool()>& ready);

  // The database refuses writes until it has recovered or was opened again.
  bool refuses_writes() const { return refuses_writes_.load(std::memory_order_acquire); }
  void RefuseWrites() { refuses_writes_.store(true, std::memory_order_release); }

  void OnFlushBegin(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
  void OnCompactionBegin(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override;

 private:
  void Tell(const NodeStore::BackgroundRun& run);
  void EndFlush();  // the one of this thread
  void Changed();

  std::atomic<bool> refuses_writes_{false};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t events_ = 0;                  // guarded by mutex_
  std::shared_ptr<const Observer> observer_;  // guarded by mutex_
};

}  // namespace journal::internal
