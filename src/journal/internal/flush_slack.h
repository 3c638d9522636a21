// journal/internal/flush_slack.h
//
// Makes RocksDB schedule flushes that it has lost count of, so that DB::Resume() does not hang.
//
// RocksDB queues requests for flushes, and counts separately for how many of them a job is still to
// be scheduled. A job that begins while an error is in force ends without taking a request. From
// then on there is one job too few, and Resume(), which waits for every flush, waits forever.
//
// A request for a dropped column family raises the count like any other, and the job that meets it
// skips it and takes the next one as well. So a few families are created while nothing is wrong,
// given an entry each, and dropped. As long as their handles are kept they have something to flush.
// On disk nothing is left of them, except that RocksDB does not use their ids again.
//
// Lifetime: ends before the database. Threads: one at a time.

#pragma once

#include <rocksdb/db.h>

#include <string>
#include <vector>

namespace journal::internal {

class FlushSlack {
 public:
  explicit FlushSlack(rocksdb::DB& db) : db_(db) {}
  ~FlushSlack();
  FlushSlack(const FlushSlack&) = delete;
  FlushSlack& operator=(const FlushSlack&) = delete;

  // Creates and drops the families, for which the database has to take writes. False: it has
  // failed, to be repeated. Does nothing once it has worked.
  bool Prepare();

  // DB::Resume(), before which RocksDB is made to schedule as many jobs as may have been lost. A
  // job that finds nothing to flush does no harm.
  rocksdb::Status Resume();

 private:
  bool Create();
  bool Fill();
  bool Drop();
  void AddJobs();

  rocksdb::DB& db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  bool filled_ = false, prepared_ = false;
};

// The same as rocksdb::DB::Open(), but drops the families above if a process has ended between
// creating and dropping them.
rocksdb::Status OpenDatabase(const rocksdb::DBOptions& options, const std::string& path,
                             const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                             std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db);

}  // namespace journal::internal
