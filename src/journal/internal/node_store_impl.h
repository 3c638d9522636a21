// journal/internal/node_store_impl.h
//
// What a NodeStore is made of, for its two source files: reading, writing.

#pragma once

#include <rocksdb/db.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/write_batch.h>

#include "journal/committer.h"
#include "journal/internal/rocks.h"
#include "journal/internal/store_events.h"
#include "journal/internal/store_recovery.h"
#include "journal/node_store.h"

namespace journal {

struct NodeStore::Batch::Impl {
  rocksdb::WriteBatch batch;
};

struct NodeStore::Impl {
  ~Impl();

  // Handles as RocksDB gives them: "default" comes first.
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<std::size_t>(family) + 1];
  }

  std::shared_ptr<internal::StoreEvents> events;  // constant
  const std::shared_ptr<internal::DiscardedKeys> discarded =
      std::make_shared<internal::DiscardedKeys>();
  std::shared_ptr<rocksdb::SstFileManager> files;              // constant
  std::vector<rocksdb::ColumnFamilyHandle*> handles;           // constant
  std::unique_ptr<rocksdb::DB> db;                             // constant
  std::atomic<std::uint64_t> writes{0}, synced{0}, stalls{0};  // counters
  std::atomic<std::uint64_t> lost_entries{0};  // of writes that failed since the store resumed
  std::atomic<bool> behind{false};  // compactions are, by so much that writes have to wait
  int looks_without_room = 0;       // of CheckCompactions()
  bool starves = false;             // of CheckCompactions()
  std::unique_ptr<internal::StoreRecovery> recovery;  // last: uses the above
  std::unique_ptr<Committer> committer;               // uses the whole store; ends before it
};

}  // namespace journal
