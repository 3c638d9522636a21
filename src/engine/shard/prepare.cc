#include "engine/shard/prepare.h"

#include <xxhash.h>

#include "engine/shard/update.h"

namespace engine {

namespace {

constexpr std::size_t kPadding = 64;  // what the mapping's parser may read behind a document
// A mapping that still wants more after so many extensions never ends.
constexpr int kExtensions = 8;

std::size_t ExpectedBytes(std::span<const Operation> operations) {
  std::size_t bytes = 0, count = 0;
  for (const Operation& operation : operations) {
    bytes += operation.source.size() + operation.id.size() + 32;
    if (bytes > Shard::kUnitBytes || ++count == Shard::kUnitOperations) break;
  }
  return bytes;
}

}  // namespace

struct Preparer::Run {
  tasks::TaskContext& task;
  Unit& unit;
  std::shared_ptr<const Mapping> mapping;
};

base::Status Preparer::Prepare(tasks::TaskContext& task, std::span<const Operation> operations,
                               int retries, Unit& unit) {
  tasks::Phase phase(task, retries == 0 ? "prepare" : "retry");
  unit.Clear();
  unit.bytes.reserve(ExpectedBytes(operations) + kPadding);
  Run run{task, unit, mapping_.current()};
  std::size_t answer_bytes = 0;  // documents in the results, also those of updates that write none
  for (const Operation& operation : operations) {
    RETURN_IF_ERROR(task.Checkpoint());
    const std::size_t place = unit.operations.size(), bytes = unit.bytes.size();
    if (place == Shard::kUnitOperations) break;
    if (place > 0 && bytes + operation.source.size() > Shard::kUnitBytes) break;
    if (answer_bytes > Shard::kUnitBytes) break;
    UnitOperation op;
    op.id = operation.id;
    op.id_hash = XXH3_64bits(op.id.data(), op.id.size());
    if (!operation.generated_id) op.before = unit.ids.Find(unit.operations, op.id_hash, op.id);
    // An update is made from a document that is sealed at least.
    if (op.before >= 0 && operation.type == OpType::kUpdate) break;
    op.retries_left = operation.retry_on_conflict - (place == 0 ? retries : 0);
    base::Status status = One(run, operation, op);
    if (status.code() == base::Code::kCancelled) return status;
    if (journal::NodeStore::IsNotInMemory(status)) return status;
    if (!status.ok()) {
      unit.bytes.resize(bytes);
      op.settled = true;
      op.result.error = std::move(status);
    }
    if (place > 0 && unit.bytes.size() > Shard::kUnitBytes) {  // an update that grew
      unit.bytes.resize(bytes);
      break;
    }
    if (op.result.source) answer_bytes += op.result.source->size();
    unit.operations.push_back(std::move(op));
    if (!unit.operations.back().settled) unit.ids.Add(unit.operations, place);
  }
  return {};
}

base::Status Preparer::One(Run& run, const Operation& operation, UnitOperation& op) {
  op.versioning = Versioning::Of(operation);
  const journal::NodeStore& store = documents_.store();
  const bool deletes = operation.type == OpType::kDelete;
  if (deletes ? store.disk_is_exhausted() : store.disk_is_full()) return DiskIsFull(options_.index);
  if (operation.type == OpType::kUpdate) return Update(run, operation, op);
  if (deletes) op.kind = journal::OpKind::kDelete;
  RETURN_IF_ERROR(LookUp(run, operation, op));
  return Encode(run, operation, operation.routing, operation.source, op);
}

base::Status Preparer::LookUp(Run& run, const Operation& operation, UnitOperation& op) {
  if (operation.generated_id) {
    op.base_seen = INT64_MAX;
    return {};
  }
  if (op.before >= 0) return {};
  op.base_seen = sequencer_.applied_seq_no();
  ASSIGN_OR_RETURN(op.base, documents_.State(op.id, nullptr, run.unit.tier));
  return {};
}

base::Status Preparer::Update(Run& run, const Operation& operation, UnitOperation& op) {
  ASSIGN_OR_RETURN(Documents::Document present, Base(run, operation, op));
  if (present.state.live()) {
    RETURN_IF_ERROR(ApplySourceRule(run.task, *run.mapping, present));
  }
  base::Result<Updated> updated = ResolveUpdate(run.task, operation, std::move(present));
  if (!updated.ok()) {
    return IsAboutDocument(updated.status()) ? WithShard(updated.status()) : updated.status();
  }
  op.versioning = {.create = updated->kind == Updated::Kind::kCreate};
  if (updated->kind == Updated::Kind::kNoop) {
    op.settled = true;
    op.result.result = OpResult::kNoop;
    op.result.seq_no = op.base.seq_no;
    op.result.version = op.base.version;
    op.result.primary_term = op.base.primary_term;
  } else if (!operation.missing_pipeline.empty()) {
    return base::IllegalArgument("pipeline with id [" + std::string(operation.missing_pipeline) +
                                 "] does not exist");
  } else {
    op.on_base = true;
    if (!op.versioning.create) {
      op.versioning.if_seq_no = op.base.seq_no;
      op.versioning.if_primary_term = op.base.primary_term;
    }
    RETURN_IF_ERROR(Encode(run, operation, updated->routing, updated->source, op));
  }
  if (operation.want_source) op.result.source = std::move(updated->source);
  return {};
}

// The newest sealed state, which need not be durable yet: if it falls, so does what is made of it.
base::Result<Documents::Document> Preparer::Base(Run& run, const Operation& operation,
                                                 UnitOperation& op) {
  const Sequencer::Sealed sealed = sequencer_.NewestSealed(op.id, op.id_hash);
  if (!sealed.unit) {
    op.base_seen = sequencer_.applied_seq_no();
    base::Result<Documents::Document> read = documents_.Read(operation.id, nullptr, run.unit.tier);
    if (!read.ok() && documents_.discarded())
      return IndexIsGone(options_.index, options_.index_uuid);
    ASSIGN_OR_RETURN(Documents::Document document, std::move(read));
    op.base = document.state;
    if (sealed.out_of_order) op.base_drops = sealed.drops;
    return document;
  }
  if (run.unit.tier == journal::ReadTier::kMemory &&
      sealed.operation->value_size > journal::NodeStore::kSmallBytes) {
    return journal::NodeStore::NotInMemory();
  }
  op.base = sealed.operation->after;
  op.base_seen = op.base.seq_no - 1;
  op.base_drops = sealed.drops;
  Documents::Document document;
  document.state = op.base;
  if (!op.base.live()) return document;
  ASSIGN_OR_RETURN(
      const journal::OpRecord record,
      journal::ParseOperation(
          op.base.seq_no, std::string_view(sealed.unit->bytes)
                              .substr(sealed.operation->value_at, sealed.operation->value_size)));
  document.routing = record.routing;
  document.source = record.source;
  return document;
}

base::Status Preparer::Encode(Run& run, const Operation& operation, std::string_view routing,
                              std::string_view source, UnitOperation& op) {
  const std::size_t most = live_.max_document_bytes;
  if (source.size() > most) {
    return base::IllegalArgument("the document [" + std::string(op.id) + "] has [" +
                                 std::to_string(source.size()) + "] bytes, more than the [" +
                                 std::to_string(most) + "] of [index.max_document_bytes]");
  }
  const bool deletes = operation.type == OpType::kDelete;
  std::string& bytes = run.unit.bytes;
  op.value_at = static_cast<std::uint32_t>(bytes.size());
  journal::AppendOperation({.kind = op.kind,
                            .id = op.id,
                            .routing = routing,
                            .source = deletes ? std::string_view() : source},
                           bytes);
  op.value_size = static_cast<std::uint32_t>(bytes.size()) - op.value_at;
  return deletes ? base::Status() : Check(run, op.id, routing, source.size());
}

// The document is the end of the unit's bytes.
base::Status Preparer::Check(Run& run, std::string_view id, std::string_view routing,
                             std::size_t source_size) {
  std::string& bytes = run.unit.bytes;
  if (bytes.capacity() < bytes.size() + kPadding) bytes.reserve(2 * bytes.size() + kPadding);
  const std::string_view source = std::string_view(bytes).substr(bytes.size() - source_size);
  for (int extended = 0; extended <= kExtensions; ++extended) {
    ASSIGN_OR_RETURN(const std::optional<std::string> update,
                     run.mapping->CheckPadded(run.task, id, routing, source));
    if (!update) return {};
    if (run.unit.tier == journal::ReadTier::kMemory) return journal::NodeStore::NotInMemory();
    tasks::Phase phase(run.task, "mapping");
    ASSIGN_OR_RETURN(run.mapping, mapping_.Extend(run.task, *update));
    RETURN_IF_ERROR(run.task.Checkpoint());
  }
  return base::Internal("the mapping does not take the document's fields");
}

base::Status Preparer::WithShard(base::Status status) const {
  return status.With("index", options_.index)
      .With("shard", std::to_string(options_.number))
      .With("index_uuid", options_.index_uuid);
}

}  // namespace engine
