// engine/shard/shard.h
//
// One shard's data on one node: writes in units through the sequencer, realtime gets, the refreshed
// view. Documents live in the node's store; nothing is acknowledged that is not durable.
//
// Lifetime: owned by the Shards table, shared with running work. Threads: any.

#pragma once

#include <memory>
#include <span>

#include "engine/mapping/mapping.h"
#include "engine/shard/copied_operations.h"
#include "engine/shard/operation.h"
#include "journal/journal.h"
#include "journal/ledger.h"
#include "tasks/record/cancel_metrics.h"
#include "tasks/task_context.h"

namespace engine {

// Which mapping documents are checked against, and how it grows: brought by actions/, which asks
// the cluster. Extend() may wait; it takes the stop token.
class MappingPort {
 public:
  virtual ~MappingPort() = default;
  virtual std::shared_ptr<const Mapping> current() const = 0;
  // Adds the fields of `update` (a mapping as JSON, as Mapping::Parse reads it) to the index.
  virtual base::Result<std::shared_ptr<const Mapping>> Extend(tasks::TaskContext& task,
                                                              const std::string& update) = 0;
};

struct GetResult {
  bool found = false;
  std::int64_t seq_no = kNoSeqNo;
  std::int64_t version = -1;
  std::int64_t primary_term = 0;
  std::string routing;
  bool has_source = true;  // false: the mapping lets nobody see it
  std::string source;      // what the mapping lets be seen of it
  std::string fields;      // stored ones that were asked for, as JSON; empty: there are none
};

// Why a shard that has left, or is leaving, takes an operation no more. Nothing of it has begun;
// the node that has the shard then takes it.
base::Status ShardMoves(std::string_view index, int number);
bool IsShardMoves(const base::Status& status);

// What a read of a shard answers when its index has been deleted meanwhile.
base::Status IndexIsGone(const std::string& index, const std::string& index_uuid);

// Why a shard takes no document while its disk is full; deletions it takes. 429, OpenSearch's text.
base::Status DiskIsFull(std::string_view index);

class Shard : public std::enable_shared_from_this<Shard> {
 public:
  struct Options {
    std::string index;  // name, for messages
    std::string index_uuid;
    int number = 0;
    std::uint64_t key = 0;  // prefix of its keys in the store; no other shard has it
    journal::Durability durability = journal::Durability::kSynced;  // index.translog.durability
    std::int64_t sync_interval_nanos = 5'000'000'000;               // index.translog.sync_interval
    std::size_t max_document_bytes = 10 << 20;                      // index.max_document_bytes
    std::int64_t primary_term = 1;
  };
  static constexpr std::size_t kUnitOperations = 200;
  static constexpr std::size_t kUnitBytes = 128 << 10;

  static base::Result<std::shared_ptr<Shard>> Open(journal::NodeStore& store, Options options,
                                                   std::shared_ptr<MappingPort> mapping);
  ~Shard();

  // Writes `operations` in order, in units of at most kUnitOperations or kUnitBytes; fills in
  // `results` (same length) and calls `after_unit(n)` (may be null) when the first n are settled,
  // which says whether to go on. OK: all of these are settled, each done or failed on its own. Else
  // why the rest was not done: Cancelled, or what the journal said. Obeys a stop between units,
  // between preparations, while an update retries and while it waits for its turn.
  base::Status Write(tasks::TaskContext& task, std::span<const Operation> operations,
                     std::span<OperationResult> results,
                     const std::function<bool(std::size_t)>& after_unit);

  // A stop of `task` that must not wait for the commit before its unit's: see Sequencer.
  std::function<void()> Withdraw(const tasks::TaskId& task);

  // Realtime: the newest acknowledged state; else the last refresh's. The source as the mapping's
  // `_source` lets it be seen. 400 if one of `stored_fields` is an object.
  base::Result<GetResult> Get(tasks::TaskContext& task, std::string_view id, bool realtime,
                              journal::ReadTier tier = journal::ReadTier::kAll,
                              std::span<const std::string> stored_fields = {});

  // Of `options` those that may change while it is open; for what is written from now on.
  void ChangeSettings(const Options& options);

  // Makes what has been written visible to counts and non-realtime gets.
  void Refresh();
  std::int64_t refreshed_seq_no() const;
  std::int64_t max_seq_no() const;
  std::int64_t live_documents() const;       // newest state
  std::int64_t refreshed_documents() const;  // last refresh's
  std::int64_t deleted_documents() const;
  std::uint64_t store_bytes() const;
  struct WriteStats {
    std::int64_t units = 0, operations = 0, retries = 0;
    tasks::Histogram commits;  // appends of units: what a stop may have to wait for
  };
  WriteStats write_stats() const;

  const Options& options() const;  // as it was opened

  // What the ledger is to remember of it.
  journal::Ledger::Shard Remembered() const;
  // 500 if the store lacks what it held when `before` was remembered.
  base::Status CheckAgainst(const journal::Ledger::Shard& before) const;
  bool acknowledges_unsynced() const;  // index.translog.durability: async

  // Visits live documents, complete, in seq_no order (tests, checks, later work), a checkpoint
  // every 128.
  base::Status ForEachDocument(
      tasks::TaskContext& task,
      const std::function<bool(std::string_view id, const GetResult&)>& visit);

  // Moving to another node (docs/design/0014). Operations in the order of their numbers, from
  // `from` on, about `bytes` of them: the newest of each id, as it is kept.
  base::Result<CopiedOperations> Copy(tasks::TaskContext& task, std::int64_t from,
                                      std::size_t bytes);
  // Refuses every further unit with ShardMoves(), until Unblock(). `move` is not 0.
  void Block(std::uint64_t move);
  void Unblock();
  std::uint64_t blocked_by() const;  // 0: it is not blocked
  // Waits for the units that were sealed before Block(): then nothing will be written any more.
  base::Status AwaitDrained(tasks::TaskContext& task);
  // It lives elsewhere now: its data are discarded when nobody holds it any more, or by the
  // next process (shard_owners.h).
  void DropAtEnd();

 private:
  friend class ShardWriter;
  struct Impl;
  explicit Shard(std::unique_ptr<Impl> impl);
  base::Status ForClient(base::Status status) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace engine
