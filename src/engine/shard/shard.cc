#include "engine/shard/shard.h"

#include "base/log.h"
#include "engine/shard/inject.h"
#include "engine/shard/prepare.h"
#include "engine/shard/shard_owners.h"

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

base::Status DiskIsFull(std::string_view index) {
  return base::Status(429, "cluster_block_exception",
                      "index [" + std::string(index) +
                          "] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage "
                          "watermark, index has read-only-allow-delete block];");
}

bool IsShardMoves(const base::Status& status) { return status.type() == kMoves; }

struct Shard::Impl {
  Impl(journal::NodeStore& store, Options shard_options, std::shared_ptr<MappingPort> port,
       std::unique_ptr<journal::Journal> opened)
      : options(std::move(shard_options)),
        live{options.durability, options.max_document_bytes},
        mapping(std::move(port)),
        documents(store, options.key),
        uses_keys(store.UseKeys(documents.prefix())),
        log(std::move(opened)),
        view(store, *log),
        sequencer(options, live, documents, *log, view),
        preparer(options, live, documents, sequencer, *mapping) {}

  const Options options;
  std::atomic<bool> drop_at_end{false};
  LiveSettings live;
  const std::shared_ptr<MappingPort> mapping;
  const Documents documents;
  const std::shared_ptr<const void> uses_keys;
  const std::unique_ptr<journal::Journal> log;
  RefreshView view;
  Sequencer sequencer;
  Preparer preparer;
};

namespace {

void Settle(Unit& unit, std::span<OperationResult> results) {
  for (std::size_t i = 0; i < unit.count; ++i) {
    results[i] = std::move(unit.operations[i].result);
    if (results[i].error.ok()) {
      results[i].outcome = tasks::UnitOutcome::kDone;
    } else {
      results[i].source.reset();
    }
  }
}

// Whether an operation was written is unknown unless it failed by itself.
void SettleUnknown(Unit& unit, std::span<OperationResult> results) {
  for (std::size_t i = 0; i < unit.count; ++i) {
    if (unit.operations[i].result.error.ok()) {
      results[i].outcome = tasks::UnitOutcome::kUnknown;
    } else {
      results[i] = std::move(unit.operations[i].result);
    }
  }
}

}  // namespace

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
  std::size_t settled = 0;
  int retries = 0;
  auto unit = std::make_shared<Unit>();
  while (settled < operations.size()) {
    if (unit->lent) unit = std::make_shared<Unit>();
    RETURN_IF_ERROR(impl_->preparer.Prepare(task, operations.subspan(settled), retries, *unit));
    RETURN_IF_ERROR(inject::At(inject::Point::kPrepared, task));
    RETURN_IF_ERROR(task.Seal());
    {
      tasks::Phase phase(task, "append");
      impl_->sequencer.Commit(task, unit);
    }
    base::Status stop = task.Unseal();
    if (unit->end == Unit::End::kUnknown) SettleUnknown(*unit, results.subspan(settled));
    RETURN_IF_ERROR(ForClient(unit->status));
    if (unit->end == Unit::End::kApplied) {
      Settle(*unit, results.subspan(settled));
      settled += unit->count;
      retries = 0;
      const bool go_on = !after_unit || after_unit(settled);
      if (settled == operations.size()) return {};  // a stop found nothing left to stop
      if (!go_on) return stop;
    }
    RETURN_IF_ERROR(stop);
    if (unit->end == Unit::End::kNoRoom) {
      RETURN_IF_ERROR(ForClient(impl_->log->WaitForRoom(task)));
    }
    // The operation it ended before comes first now.
    const bool first = unit->end == Unit::End::kApplied || unit->count == 0;
    if (unit->base_moved && first) ++retries;
  }
  return {};
}

// A store that has stopped for lack of room is a full disk to the client, and worth another try.
base::Status Shard::ForClient(base::Status status) const {
  const journal::NodeStore& store = impl_->documents.store();
  if (status.ok() || !journal::NodeStore::IsRefused(status)) return status;
  return store.trouble().out_of_space ? DiskIsFull(impl_->options.index) : status;
}

base::Result<GetResult> Shard::Get(tasks::TaskContext& task, std::string_view id, bool realtime) {
  RETURN_IF_ERROR(task.Checkpoint());
  auto at = realtime ? nullptr : impl_->view.current().snapshot;
  ASSIGN_OR_RETURN(Documents::Document document, impl_->documents.Read(id, at));
  if (!realtime && !at && (at = impl_->view.current().snapshot)) {
    // Something newer was being written meanwhile, and may have been read.
    ASSIGN_OR_RETURN(document, impl_->documents.Read(id, at));
  }
  if (!document.state.live()) return GetResult();
  return GetResult{.found = true,
                   .seq_no = document.state.seq_no,
                   .version = document.state.version,
                   .primary_term = document.state.primary_term,
                   .routing = std::move(document.routing),
                   .source = std::move(document.source)};
}

void Shard::ChangeSettings(journal::Durability durability, std::size_t max_document_bytes) {
  impl_->live.durability = durability;
  impl_->live.max_document_bytes = max_document_bytes;
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
                              .source = std::string(op->source)});
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
