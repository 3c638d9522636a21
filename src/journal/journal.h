// journal/journal.h
//
// The journal of one shard: append, read, position. Local now (the shard's data and the record are
// one atomic synced write); replicated later behind the same port.
//
// Lifetime: one a shard, owned by it. Threads: Add(), Written(), Append() by one at a time; the
// others any.

#pragma once

#include "journal/node_store.h"
#include "journal/record.h"

namespace journal {

struct Position {
  std::uint64_t record = 0;  // 1 is the first
  std::int64_t last_seq_no = -1;
  Counters counters;
  std::uint64_t checksum = 0;
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Appending a record takes two steps, so that those of several journals can be written as one.
  // Add() puts the record into `effects`; whoever writes these tells Written() what became of them
  // before the next Add(). `head` follows position(), whose checksum it is chained to here; one
  // without operations stands for copied ones, and may leave out the numbers of those that were
  // replaced before they were copied. Fails with nothing added, e.g. with Settle()'s status.
  virtual base::Status Add(RecordHead head, NodeStore::Batch& effects) = 0;
  // OK: done and, if synced, durable. Failed: not done, nothing will become visible;
  // NodeStore::IsNoRoom(): likewise, and WaitForRoom() says when to try again. An answer that was
  // lost (kOutcomeUnknown) is settled by opening the journal again; it stays lost if the store does
  // not take writes again by now: see NodeStore::AwaitWritable().
  virtual base::Status Written(base::Status written) = 0;
  // Both steps and the write between, for a record on its own. Waits a few seconds for a store that
  // has lost its answer.
  virtual base::Status Append(RecordHead head, NodeStore::Batch& effects,
                              Durability durability) = 0;
  // Opens the journal again if an answer is still missing; position() is right afterwards.
  // IsNoRoom() or a failure if that cannot be done yet. Must not run between Add() and Written().
  virtual base::Status Settle() = 0;
  virtual base::Status WaitForRoom(tasks::TaskContext& task) = 0;
  virtual Position position() const = 0;

  // Whether `record` is there as of `at`; its counters and last sequence number if so.
  virtual base::Result<std::optional<Position>> Find(std::uint64_t record,
                                                     const NodeStore::SnapshotPtr& at) const = 0;
};

// The local journal of the shard whose keys begin with `prefix`. Reads its end and checks the chain
// of the last records: 500 corrupt_journal_exception if the tail is torn, missing or was changed.
base::Result<std::unique_ptr<Journal>> OpenLocalJournal(NodeStore& store, std::string prefix);

}  // namespace journal
