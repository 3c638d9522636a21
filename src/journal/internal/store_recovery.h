// journal/internal/store_recovery.h
//
// Resumes the database after an I/O error has stopped its writes, again and again until it works:
// RocksDB's own attempts are switched off, because they want more room than there need be.
//
// Lifetime: owned by the store, ends before the database. Threads: one of its own.

#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <thread>

#include "journal/internal/flush_slack.h"
#include "journal/internal/store_events.h"

namespace journal::internal {

class StoreRecovery {
 public:
  // `make_room` (may be empty) runs before each attempt. `lost` counts the entries of writes that
  // have failed since the last attempt. What resuming may need is prepared `prepare_after` from
  // now, before the constructor returns if that is 0.
  StoreRecovery(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* marker_family, StoreEvents& events,
                std::function<void()> make_room, std::atomic<std::uint64_t>& lost,
                std::chrono::milliseconds prepare_after);
  ~StoreRecovery();

 private:
  void Run();
  rocksdb::Status Attempt();
  rocksdb::Status Resume();
  void AwaitEndOfFlush();
  std::uint64_t LogNumber();
  rocksdb::Status ReplaceLog();
  rocksdb::Status WriteMarker(std::uint64_t entries);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const marker_family_;
  StoreEvents& events_;
  const std::function<void()> make_room_;
  std::atomic<std::uint64_t>& lost_;
  const std::chrono::milliseconds prepare_after_;
  FlushSlack slack_;
  std::thread thread_;  // last
};

}  // namespace journal::internal
