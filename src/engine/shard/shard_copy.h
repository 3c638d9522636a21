// engine/shard/shard_copy.h
//
// The copy of a shard that lives on another node, made here under a key of its own: what
// Shard::Copy() read there is taken in turn. When it is whole, Shard::Open() finds the shard.
//
// Lifetime: one attempt to copy. Threads: one.

#pragma once

#include "engine/shard/documents.h"

namespace engine {

class ShardCopy {
 public:
  // Deletes what an earlier attempt has left under `key`, which no shard may have open.
  static base::Result<std::unique_ptr<ShardCopy>> Begin(tasks::TaskContext& task,
                                                        journal::NodeStore& store,
                                                        const std::string& index_uuid,
                                                        std::uint64_t key);

  // Of an attempt that has failed for lack of room; the next one deletes the rest.
  static void GiveRoomBack(journal::NodeStore& store, std::uint64_t key);

  // All or nothing, not durable yet. 500 if they do not follow what has been taken; 503 if the disk
  // is full.
  base::Status Take(tasks::TaskContext& task, const CopiedOperations& copied);
  // What was taken is durable.
  base::Status Sync(tasks::TaskContext& task);

  std::int64_t upto() const { return log_->position().last_seq_no; }
  journal::Counters counters() const { return log_->position().counters; }

 private:
  ShardCopy(journal::NodeStore& store, std::uint64_t key, std::unique_ptr<journal::Journal> log)
      : documents_(store, key), log_(std::move(log)) {}

  base::Status Put(std::int64_t seq_no, std::string_view bytes, journal::NodeStore::Batch& batch,
                   journal::Counters& counters) const;
  base::Status Append(tasks::TaskContext& task, const journal::RecordHead& head,
                      journal::NodeStore::Batch& batch, journal::Durability durability);

  const Documents documents_;
  const std::unique_ptr<journal::Journal> log_;
  std::int64_t primary_term_ = 1;
};

}  // namespace engine
