#include "engine/shard/shard.h"

#include <semaphore>

#include "base/log.h"
#include "engine/shard/shard_impl.h"
#include "engine/shard/shard_owners.h"
#include "engine/shard/shard_writer.h"

namespace engine {

using journal::Family;

std::string_view OpResultName(OpResult result) {
  switch (result) {
    case OpResult::kCreated:
      return "created";
    case OpResult::kUpdated:
      return "updated";
    case OpResult::kDeleted:
      return "deleted";
    case OpResult::kNotFound:
      return "not_found";
    case OpResult::kNoop:
      return "noop";
    case OpResult::kNone:
      break;
  }
  return "none";
}

namespace {

constexpr std::string_view kMoves = "index_shard_relocated_exception";

}  // namespace

base::Status ShardMoves(std::string_view index, int number) {
  return base::Status(503, kMoves,
                      "[" + std::string(index) + "][" + std::to_string(number) +
                          "] is moving to another node, or has moved");
}

base::Status IndexIsGone(const std::string& index, const std::string& index_uuid) {
  return base::Status(404, "index_not_found_exception", "no such index [" + index + "]")
      .With("index", index)
      .With("index_uuid", index_uuid);
}

base::Status DiskIsFull(std::string_view index) {
  return base::Status(429, "cluster_block_exception",
                      "index [" + std::string(index) +
                          "] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage "
                          "watermark, index has read-only-allow-delete block];");
}

bool IsShardMoves(const base::Status& status) { return status.type() == kMoves; }

Shard::Shard(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Shard::~Shard() {
  if (!impl_->drop_at_end) return;
  const base::Status dropped =
      Discard(impl_->documents.store(), impl_->options.key, impl_->options.index_uuid);
  if (!dropped.ok()) {
    base::log::Error("shards", "data of a shard that has moved could not be marked as of no use",
                     {{"index", impl_->options.index}, {"error", dropped}});
  }
}

base::Result<std::shared_ptr<Shard>> Shard::Open(journal::NodeStore& store, Options options,
                                                 std::shared_ptr<MappingPort> mapping) {
  ASSIGN_OR_RETURN(const ShardOwner owner, OwnerOf(store, options.key));
  if (owner.index_uuid != options.index_uuid || owner.of_no_use) {
    journal::NodeStore::Batch batch;
    SetOwner(batch, {.key = options.key, .index_uuid = options.index_uuid});
    RETURN_IF_ERROR(store.WriteNow(batch, journal::Durability::kAsync));
  }
  ASSIGN_OR_RETURN(auto log,
                   journal::OpenLocalJournal(store, Documents(store, options.key).prefix()));
  return std::shared_ptr<Shard>(new Shard(
      std::make_unique<Impl>(store, std::move(options), std::move(mapping), std::move(log))));
}

base::Status Shard::Write(tasks::TaskContext& task, std::span<const Operation> operations,
                          std::span<OperationResult> results,
                          const std::function<bool(std::size_t)>& after_unit) {
  ShardWriter writer(*this, task, operations, results);
  while (!writer.done()) {
    std::binary_semaphore ended(0);
    ASSIGN_OR_RETURN(const ShardWriter::Step step,
                     writer.WriteUnit(journal::ReadTier::kAll, [&ended] { ended.release(); }));
    if (step == ShardWriter::Step::kHandedOver) ended.acquire();
    const std::size_t before = writer.settled();
    RETURN_IF_ERROR(writer.TakeUnit());
    const bool more = writer.settled() > before;
    const bool go_on = !more || !after_unit || after_unit(writer.settled());
    if (writer.done()) break;  // a stop found nothing left to stop
    RETURN_IF_ERROR(writer.stop());
    if (!go_on) return {};
  }
  return {};
}

// A store that has stopped for lack of room is a full disk to the client, and worth another try.
base::Status Shard::ForClient(base::Status status) const {
  const journal::NodeStore& store = impl_->documents.store();
  if (status.ok() || !journal::NodeStore::IsRefused(status)) return status;
  return store.trouble().out_of_space ? DiskIsFull(impl_->options.index) : status;
}

base::Result<GetResult> Shard::Get(tasks::TaskContext& task, std::string_view id, bool realtime,
                                   journal::ReadTier tier,
                                   std::span<const std::string> stored_fields) {
  RETURN_IF_ERROR(task.Checkpoint());
  auto at = realtime ? nullptr : impl_->view.current().snapshot;
  base::Result<Documents::Document> read = impl_->documents.Read(id, at, tier);
  if (!read.ok() && impl_->documents.discarded())
    return IndexIsGone(impl_->options.index, impl_->options.index_uuid);
  ASSIGN_OR_RETURN(Documents::Document document, std::move(read));
  if (!realtime && !at && (at = impl_->view.current().snapshot)) {
    // Something newer was being written meanwhile, and may have been read.
    ASSIGN_OR_RETURN(document, impl_->documents.Read(id, at, tier));
  }
  if (!document.state.live()) return GetResult();
  const auto mapping = impl_->mapping->current();
  std::string fields;
  if (!stored_fields.empty()) {
    ASSIGN_OR_RETURN(fields, mapping->StoredFields(task, stored_fields, document.source));
  }
  RETURN_IF_ERROR(ApplySourceRule(task, *mapping, document));
  return GetResult{.found = true,
                   .seq_no = document.state.seq_no,
                   .version = document.state.version,
                   .primary_term = document.state.primary_term,
                   .routing = std::move(document.routing),
                   .has_source = document.has_source,
                   .source = std::move(document.source),
                   .fields = std::move(fields)};
}

void Shard::ChangeSettings(const Options& options) {
  impl_->live.durability = options.durability;
  impl_->live.sync_interval_nanos = options.sync_interval_nanos;
  impl_->live.max_document_bytes = options.max_document_bytes;
}

void Shard::Refresh() { impl_->view.Refresh(); }

std::int64_t Shard::refreshed_seq_no() const { return impl_->view.current().seq_no; }
std::int64_t Shard::max_seq_no() const { return impl_->sequencer.applied_seq_no(); }
std::int64_t Shard::live_documents() const { return impl_->log->position().counters.live; }
std::int64_t Shard::refreshed_documents() const { return impl_->view.current().counters.live; }
std::int64_t Shard::deleted_documents() const { return impl_->log->position().counters.deleted; }
std::uint64_t Shard::store_bytes() const {
  return impl_->documents.store().RangeBytes(impl_->documents.prefix(), impl_->documents.end());
}
Shard::WriteStats Shard::write_stats() const { return impl_->sequencer.stats(); }
const Shard::Options& Shard::options() const { return impl_->options; }

journal::Ledger::Shard Shard::Remembered() const {
  const journal::Position end = impl_->log->position();
  return {.index = impl_->options.index,
          .index_uuid = impl_->options.index_uuid,
          .number = impl_->options.number,
          .primary_term = impl_->options.primary_term,
          .record = end.record,
          .last_seq_no = end.last_seq_no,
          .checksum = end.checksum};
}

base::Status Shard::CheckAgainst(const journal::Ledger::Shard& before) const {
  ASSIGN_OR_RETURN(const auto there, impl_->log->Find(before.record, nullptr));
  return journal::CheckAgainst(before, impl_->log->position(), there);
}

bool Shard::acknowledges_unsynced() const {
  return impl_->live.durability == journal::Durability::kAsync;
}

base::Status Shard::ForEachDocument(
    tasks::TaskContext& task,
    const std::function<bool(std::string_view id, const GetResult&)>& visit) {
  constexpr std::size_t kBlock = 128;
  const auto snapshot = impl_->documents.store().Freeze();
  std::size_t visited = 0;
  base::Status status;
  RETURN_IF_ERROR(impl_->documents.store().Scan(
      Family::kDocs, impl_->documents.prefix(), impl_->documents.end(),
      [&](std::string_view key, std::string_view bytes) {
        if (visited++ % kBlock == 0) status = task.Checkpoint();
        if (!status.ok()) return false;
        const std::uint64_t seq_no = journal::ReadBigEndian(key.data() + key.size() - 8);
        const auto op = journal::ParseOperation(static_cast<std::int64_t>(seq_no), bytes);
        status = op.status();
        if (!op.ok()) return false;
        if (op->kind != journal::OpKind::kIndex) return true;
        return visit(op->id, {.found = true,
                              .seq_no = op->seq_no,
                              .version = op->version,
                              .primary_term = op->primary_term,
                              .routing = std::string(op->routing),
                              .has_source = true,
                              .source = std::string(op->source),
                              .fields = {}});
      },
      snapshot));
  return status;
}

base::Result<CopiedOperations> Shard::Copy(tasks::TaskContext& task, std::int64_t from,
                                           std::size_t bytes) {
  const journal::Position position = impl_->log->position();
  CopiedOperations copied{.operations = {},
                          .upto = position.last_seq_no,
                          .end = position.last_seq_no,
                          .primary_term = impl_->options.primary_term,
                          .counters = position.counters};
  // The scan sees all that was there when it began, and so everything up to `position`.
  std::size_t size = 0;
  base::Status status = task.Checkpoint();
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(impl_->documents.store().Scan(
      Family::kDocs, impl_->documents.DocKey(from), impl_->documents.end(),
      [&](std::string_view key, std::string_view value) {
        const auto seq_no =
            static_cast<std::int64_t>(journal::ReadBigEndian(key.data() + key.size() - 8));
        if (seq_no > position.last_seq_no) return false;
        if (size > 0 && size + value.size() > bytes) {
          copied.upto = copied.operations.back().first;
          return false;
        }
        size += value.size();
        copied.operations.emplace_back(seq_no, value);
        if (copied.operations.size() % 128 == 0) status = task.Checkpoint();
        return status.ok();
      }));
  RETURN_IF_ERROR(status);
  return copied;
}

void Shard::Block(std::uint64_t move) { impl_->sequencer.Block(move); }
void Shard::Unblock() { impl_->sequencer.Unblock(); }
std::uint64_t Shard::blocked_by() const { return impl_->sequencer.blocked_by(); }
std::function<void()> Shard::Withdraw(const tasks::TaskId& task) {
  return impl_->sequencer.Withdraw(task, shared_from_this());
}
base::Status Shard::AwaitDrained(tasks::TaskContext& task) {
  return impl_->sequencer.AwaitDrained(task);
}
void Shard::DropAtEnd() {
  impl_->drop_at_end = true;
  journal::NodeStore::Batch batch;
  SetOwner(batch,
           {.key = impl_->options.key, .index_uuid = impl_->options.index_uuid, .of_no_use = true});
  impl_->documents.store().WriteNow(batch, journal::Durability::kAsync).Ignore();
}

}  // namespace engine
