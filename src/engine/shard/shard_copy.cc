#include "engine/shard/shard_copy.h"

#include "engine/shard/shard_owners.h"

namespace engine {

using base::Status;
using journal::Durability;
using journal::Family;

namespace {

Status Malformed() {
  return Status(500, "recovery_failed_exception", "copied operations do not follow each other");
}

// One by one: a range tombstone can end the process when the disk is full (0017).
Status DeleteAll(tasks::TaskContext& task, journal::NodeStore& store, Family family,
                 const Documents& shard) {
  constexpr std::size_t kBatchBytes = 64 << 10;
  std::string from = shard.prefix();
  for (bool more = true; more;) {
    RETURN_IF_ERROR(task.Checkpoint());
    journal::NodeStore::Batch batch;
    more = false;
    RETURN_IF_ERROR(store.Scan(family, from, shard.end(), [&](std::string_view key, auto) {
      more = batch.bytes() >= kBatchBytes;
      if (more) return false;
      batch.Delete(family, key);
      from = key;
      return true;
    }));
    RETURN_IF_ERROR(store.Write(task, batch, Durability::kAsync));
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<ShardCopy>> ShardCopy::Begin(tasks::TaskContext& task,
                                                          journal::NodeStore& store,
                                                          const std::string& index_uuid,
                                                          std::uint64_t key) {
  journal::NodeStore::Batch batch;
  SetOwner(batch, {.key = key, .index_uuid = index_uuid, .of_no_use = true});
  RETURN_IF_ERROR(store.WriteNow(batch, Durability::kAsync));
  const Documents documents(store, key);
  store.DeleteFiles(documents.prefix(), documents.end());
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    RETURN_IF_ERROR(DeleteAll(task, store, family, documents));
  }
  ASSIGN_OR_RETURN(auto log, journal::OpenLocalJournal(store, documents.prefix()));
  return std::unique_ptr<ShardCopy>(new ShardCopy(store, key, std::move(log)));
}

void ShardCopy::GiveRoomBack(journal::NodeStore& store, std::uint64_t key) {
  const Documents documents(store, key);
  store.DeleteFiles(documents.prefix(), documents.end());
}

Status ShardCopy::Take(tasks::TaskContext& task, const CopiedOperations& copied) {
  if (documents_.store().disk_is_full()) {
    return Status(503, "recovery_failed_exception", "the disk has no room for a copy of the shard");
  }
  journal::NodeStore::Batch batch;
  journal::RecordHead head;
  head.primary_term = primary_term_ = copied.primary_term;
  head.counters = counters();
  std::int64_t last = upto();
  if (copied.upto <= last) return copied.operations.empty() ? Status() : Malformed();
  for (const auto& [seq_no, bytes] : copied.operations) {
    RETURN_IF_ERROR(task.Checkpoint());
    if (seq_no <= last || seq_no > copied.upto) return Malformed();
    last = seq_no;
    RETURN_IF_ERROR(Put(seq_no, bytes, batch, head.counters));
  }
  head.first_seq_no = copied.upto + 1;
  return Append(task, head, batch, Durability::kAsync);
}

// Each id is in a batch once, so what is in the store is what it replaces.
Status ShardCopy::Put(std::int64_t seq_no, std::string_view bytes, journal::NodeStore::Batch& batch,
                      journal::Counters& counters) const {
  ASSIGN_OR_RETURN(const journal::OpRecord op, journal::ParseOperation(seq_no, bytes));
  batch.Put(Family::kDocs, documents_.DocKey(seq_no), bytes);
  if (op.kind == journal::OpKind::kNoop) return {};
  ASSIGN_OR_RETURN(const DocState before, documents_.State(op.id));
  const bool deletes = op.kind == journal::OpKind::kDelete;
  counters.live += static_cast<int>(!deletes) - static_cast<int>(before.live());
  counters.deleted += static_cast<int>(deletes) - static_cast<int>(before.exists && before.deleted);
  if (before.exists) batch.Delete(Family::kDocs, documents_.DocKey(before.seq_no));
  std::string key, value;
  documents_.SetIdKey(op.id, key);
  Documents::SetIdValue({.exists = true,
                         .deleted = deletes,
                         .seq_no = seq_no,
                         .version = op.version,
                         .primary_term = op.primary_term},
                        value);
  batch.Put(Family::kIds, key, value);
  return {};
}

Status ShardCopy::Sync(tasks::TaskContext& task) {
  journal::NodeStore::Batch batch;
  journal::RecordHead head;
  head.primary_term = primary_term_;
  head.counters = counters();
  head.first_seq_no = upto() + 1;
  return Append(task, head, batch, Durability::kSynced);
}

Status ShardCopy::Append(tasks::TaskContext& task, const journal::RecordHead& head,
                         journal::NodeStore::Batch& batch, Durability durability) {
  for (;;) {
    Status status = log_->Append(head, batch, durability);
    if (!journal::NodeStore::IsNoRoom(status)) return status;
    RETURN_IF_ERROR(log_->WaitForRoom(task));
  }
}

}  // namespace engine
