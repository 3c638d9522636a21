#include "actions/bulk/answer.h"

#include <charconv>

#include "base/json/compact_writer.h"
#include "base/json/error_json.h"
#include "base/json/escape.h"

namespace actions::bulk {

namespace {

using base::json::AppendQuoted;
using engine::OpResult;
using engine::OpType;

void AppendInt(std::int64_t value, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

std::string_view NameOf(OpType type) {
  switch (type) {
    case OpType::kIndex:
      return "{\"index\":{";
    case OpType::kCreate:
      return "{\"create\":{";
    case OpType::kUpdate:
      return "{\"update\":{";
    case OpType::kDelete:
      break;
  }
  return "{\"delete\":{";
}

}  // namespace

int StatusOf(const engine::OperationResult& result) {
  if (!result.error.ok()) return result.error.http_status();
  if (result.result == OpResult::kCreated) return 201;
  return result.result == OpResult::kNotFound ? 404 : 200;
}

void AppendWritten(const Written& written, std::string& out) {
  const engine::OperationResult& result = written.result;
  const bool counts = result.result != OpResult::kNoop || written.noop_counts_shards;
  out += "\"_index\":";
  AppendQuoted(out, written.index);
  out += ",\"_id\":";
  AppendQuoted(out, written.id);
  out += ",\"_version\":";
  AppendInt(result.version, out);
  out += ",\"result\":\"";
  out += OpResultName(result.result);
  out += written.forced_refresh && counts ? "\",\"forced_refresh\":true,\"_shards\":{\"total\":"
                                          : "\",\"_shards\":{\"total\":";
  AppendInt(counts ? written.copies : 0, out);
  out += counts ? ",\"successful\":1,\"failed\":0},\"_seq_no\":"
                : ",\"successful\":0,\"failed\":0},\"_seq_no\":";
  AppendInt(result.seq_no, out);
  out += ",\"_primary_term\":";
  AppendInt(result.primary_term, out);
}

void AppendGet(const engine::OperationResult& result, const SourceFilter& filter,
               tasks::MemoryAccount* account, std::string& out) {
  out += ",\"get\":{\"_seq_no\":";
  AppendInt(result.seq_no, out);
  out += ",\"_primary_term\":";
  AppendInt(result.primary_term, out);
  out += ",\"found\":true,\"_source\":";
  out += filter.Apply(*result.source, account);
  out += '}';
}

Answer::Answer(RequestPtr request)
    : request_(std::move(request)),
      reader_(request_->body.bytes()),
      errors_(request_->results.errors(request_->body.size())) {}

std::size_t Answer::estimated_bytes() const {
  return 64 + request_->body.size() * 220 + request_->results.side_bytes();
}

bool Answer::slow() const {
  constexpr std::size_t kLong = 1 << 20;
  const SpillBuffer& bytes = request_->body.bytes();
  return bytes.size() > bytes.memory_bytes() || request_->results.side_bytes() > kLong;
}

void Answer::Begin(base::json::Writer& out) const {
  out.BeginObject();
  out.Field("took", request_->took_millis);
  if (request_->with_pipelines) out.Field("ingest_took", 0);
  out.Field("errors", errors_);
  out.ArrayField("items");
}

base::Result<bool> Answer::AppendItem(std::string& out) {
  const Body& body = request_->body;
  if (next_ == body.size()) return false;
  const Item& item = body.item(next_);
  std::string generated;
  ASSIGN_OR_RETURN(const std::string_view id, body.Id(item, reader_, generated));
  out += NameOf(item.type);
  if (const auto failure = request_->results.FailureOf(next_)) {
    if (failure != failure_) TakeFailure(*failure, request_->results.Get(next_).error);
    AppendFailed(item, id, out);
    ++next_;
    return true;
  }
  const engine::OperationResult result = request_->results.Get(next_++);
  const cluster::IndexMetadata& index = *request_->targets[item.index].index;
  AppendWritten({.index = index.name,
                 .id = id,
                 .result = result,
                 .copies = 1 + index.number_of_replicas,
                 .forced_refresh = request_->params.write.refresh == Refresh::kImmediate},
                out);
  if (result.source) {
    const auto filter = body.ExtraOf(item).source;
    const SourceFilter whole;
    AppendGet(result,
              filter ? body.source_filters()[*filter] : request_->params.source.value_or(whole),
              request_->memory.account(), out);
  }
  out += ",\"status\":";
  AppendInt(StatusOf(result), out);
  out += "}}";
  return true;
}

// Most items that fail do so for the reason of the one before.
void Answer::TakeFailure(std::uint32_t number, const base::Status& failure) {
  failure_ = number;
  failure_text_ = ",\"status\":";
  AppendInt(failure.http_status(), failure_text_);
  failure_text_ += ",\"error\":";
  base::json::CompactWriter writer(failure_text_);
  base::WriteException(writer, failure);
  failure_text_ += "}}";
}

void Answer::AppendFailed(const Item& item, std::string_view id, std::string& out) const {
  const bool resolved =
      item.index < request_->targets.size() && request_->targets[item.index].index != nullptr;
  out += "\"_index\":";
  AppendQuoted(out, resolved ? request_->targets[item.index].index->name
                             : request_->body.indices()[item.index]);
  out += ",\"_id\":";
  if (item.lacks_id()) {
    out += "null";
  } else {
    AppendQuoted(out, id);
  }
  out += failure_text_;
}

base::Result<bool> Answer::AppendPiece(std::string& out, std::size_t limit) {
  if (!head_written_) {
    base::json::CompactWriter writer(out);
    Begin(writer);
    head_written_ = true;
  }
  while (out.size() < limit) {
    const std::size_t before = out.size();
    if (next_ > 0) out += ',';
    ASSIGN_OR_RETURN(const bool more, AppendItem(out));
    if (!more) {
      out.resize(before);
      out += "]}";
      return false;
    }
  }
  return true;
}

}  // namespace actions::bulk
