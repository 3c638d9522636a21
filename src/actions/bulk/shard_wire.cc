#include "actions/bulk/shard_wire.h"

#include <algorithm>

#include "actions/bulk/wire.h"

namespace actions::bulk {

namespace {

using base::Status;
using engine::Operation;
using engine::OperationResult;

Status Torn(const char* what) { return base::Internal(std::string("malformed ") + what); }

// An operation's first byte.
constexpr std::uint8_t kTypeMask = 3, kGenerated = 4, kRouting = 8, kMore = 16, kWantSource = 32,
                       kPipeline = 64;
// A result's first byte: outcome (2 bits), result (3 bits), and what follows.
constexpr std::uint8_t kError = 32, kSameError = 64, kSource = 128;
constexpr int kMaxCauses = 16;

Status GetStatus(WireReader& in, int depth) {
  const auto http_status = static_cast<int>(in.Varint());
  const auto code = static_cast<base::Code>(in.Byte());
  const std::string_view type = in.Text();
  const std::string_view reason = in.Text();
  Status status = Status(http_status, type, std::string(reason));
  if (code > base::Code::kOk && code <= base::Code::kUnconfirmed) status = status.WithCode(code);
  for (std::uint64_t extras = in.Varint(); extras > 0 && in.ok(); --extras) {
    const std::string_view key = in.Text(), value = in.Text();
    status = status.With(std::string(key), std::string(value), in.Byte() != 0);
  }
  if (in.Byte() != 0 && depth < kMaxCauses) status = status.CausedBy(GetStatus(in, depth + 1));
  return status;
}

bool SameExtra(const Status::Extra& a, const Status::Extra& b) {
  return a.key == b.key && a.value == b.value && a.raw_json == b.raw_json;
}

// To the last cause: many failures of one field differ in that alone.
bool Same(const Status& a, const Status& b) {
  if (a.ok() || b.ok()) return a.ok() == b.ok();
  if (a.code() != b.code() || a.http_status() != b.http_status() || a.type() != b.type() ||
      a.reason() != b.reason() || !std::ranges::equal(a.extras(), b.extras(), SameExtra)) {
    return false;
  }
  return a.cause() && b.cause() ? Same(*a.cause(), *b.cause()) : a.cause() == b.cause();
}

}  // namespace

std::string EncodeTold(std::uint64_t operations) {
  std::string bytes;
  PutVarint(bytes, operations);
  return bytes;
}

std::uint64_t DecodeTold(std::string_view bytes) { return WireReader(bytes).Varint(); }

void PutStatus(std::string& out, const Status& status) {
  PutVarint(out, static_cast<std::uint64_t>(status.http_status()));
  out.push_back(static_cast<char>(status.code()));
  PutText(out, status.type());
  PutText(out, status.reason());
  PutVarint(out, status.extras().size());
  for (const Status::Extra& extra : status.extras()) {
    PutText(out, extra.key);
    PutText(out, extra.value);
    out.push_back(extra.raw_json ? 1 : 0);
  }
  out.push_back(status.cause() ? 1 : 0);
  if (status.cause()) PutStatus(out, *status.cause());
}

Status ReadStatus(std::string_view bytes) {
  WireReader in(bytes);
  Status status = GetStatus(in, 0);
  return in.ok() ? status : Torn("failure");
}

std::string ShardRequest::Encode() const {
  std::string out;
  out.reserve(chunk.size() + index.size() + 64);
  PutText(out, index);
  PutText(out, index_uuid);
  PutVarint(out, static_cast<std::uint64_t>(shard));
  PutVarint(out, operations);
  out.push_back(static_cast<char>(refresh));
  PutSigned(out, needed_copies);
  PutSigned(out, timeout.nanos());
  PutText(out, chunk);
  return out;
}

base::Result<ShardRequest> ShardRequest::Decode(std::string_view bytes) {
  WireReader in(bytes);
  ShardRequest request;
  request.index = in.Text();
  request.index_uuid = in.Text();
  request.shard = static_cast<int>(in.Varint());
  request.operations = in.Varint();
  request.refresh = static_cast<Refresh>(in.Byte());
  request.needed_copies = static_cast<int>(in.Signed());
  request.timeout = base::TimeValue::Nanos(in.Signed());
  request.chunk = in.Text();
  if (!in.ok() || request.refresh > Refresh::kWaitUntil) return Torn("shard request");
  return request;
}

std::string ShardRequest::Description() const {
  std::string text = "requests[" + std::to_string(operations) + "], index[" + index + "][" +
                     std::to_string(shard) + "]";
  if (refresh == Refresh::kImmediate) text += ", refresh[IMMEDIATE]";
  if (refresh == Refresh::kWaitUntil) text += ", refresh[WAIT_UNTIL]";
  return text;
}

void AppendOperation(const Operation& op, std::size_t source_size, std::string& chunk) {
  const bool more = op.version_type != engine::VersionType::kInternal ||
                    op.version != engine::kAnyVersion || op.if_seq_no != engine::kNoSeqNo ||
                    op.if_primary_term != 0 || op.retry_on_conflict != 0;
  chunk.push_back(static_cast<char>(
      static_cast<std::uint8_t>(op.type) | (op.generated_id ? kGenerated : 0) |
      (op.routing.empty() ? 0 : kRouting) | (more ? kMore : 0) |
      (op.want_source ? kWantSource : 0) | (op.missing_pipeline.empty() ? 0 : kPipeline)));
  PutText(chunk, op.id);
  if (!op.routing.empty()) PutText(chunk, op.routing);
  if (!op.missing_pipeline.empty()) PutText(chunk, op.missing_pipeline);
  if (more) {
    chunk.push_back(static_cast<char>(op.version_type));
    PutSigned(chunk, op.version);
    PutSigned(chunk, op.if_seq_no);
    PutSigned(chunk, op.if_primary_term);
    PutSigned(chunk, op.retry_on_conflict);
  }
  PutVarint(chunk, source_size);
}

Status ReadOperations(std::string_view chunk, std::vector<Operation>& operations) {
  operations.clear();
  WireReader in(chunk);
  while (!in.done()) {
    const std::uint8_t first = in.Byte();
    Operation& op = operations.emplace_back();
    op.type = static_cast<engine::OpType>(first & kTypeMask);
    op.generated_id = first & kGenerated;
    op.want_source = first & kWantSource;
    op.id = in.Text();
    if (first & kRouting) op.routing = in.Text();
    if (first & kPipeline) op.missing_pipeline = in.Text();
    if (first & kMore) {
      op.version_type = static_cast<engine::VersionType>(in.Byte());
      op.version = in.Signed();
      op.if_seq_no = in.Signed();
      op.if_primary_term = in.Signed();
      op.retry_on_conflict = static_cast<int>(in.Signed());
      if (op.version_type > engine::VersionType::kExternalGte) return Torn("operation");
    }
    op.source = in.Text();
  }
  return in.ok() ? Status() : Torn("operations");
}

std::string EncodeResults(std::uint64_t first, std::span<const OperationResult> results) {
  std::string out;
  out.reserve(results.size() * 6 + 16);
  PutVarint(out, first);
  PutVarint(out, results.size());
  std::int64_t last_seq_no = 0, last_term = 0;
  const Status* last_error = nullptr;
  for (const OperationResult& result : results) {
    const bool error = !result.error.ok();
    const bool same = error && last_error && Same(*last_error, result.error);
    out.push_back(static_cast<char>(
        static_cast<unsigned>(result.outcome) | static_cast<unsigned>(result.result) << 2 |
        (error ? kError : 0u) | (same ? kSameError : 0u) | (result.source ? kSource : 0u)));
    if (error) {
      if (!same) PutStatus(out, result.error);
      last_error = &result.error;
    } else {
      PutSigned(out, result.seq_no - last_seq_no);
      PutSigned(out, result.version);
      PutSigned(out, result.primary_term - last_term);
      last_seq_no = result.seq_no;
      last_term = result.primary_term;
    }
    if (result.source) PutText(out, *result.source);
  }
  return out;
}

base::Result<SettledResults> DecodeResults(std::string_view bytes) {
  WireReader in(bytes);
  SettledResults settled;
  settled.first = in.Varint();
  const std::uint64_t count = in.Varint();
  if (count > bytes.size()) return Torn("results");
  settled.results.resize(count);
  std::int64_t last_seq_no = 0, last_term = 0;
  Status last_error;
  for (OperationResult& result : settled.results) {
    const std::uint8_t first = in.Byte();
    result.outcome = static_cast<tasks::UnitOutcome>(first & 3);
    result.result = static_cast<engine::OpResult>(first >> 2 & 7);
    if (first & kError) {
      if (!(first & kSameError)) last_error = GetStatus(in, 0);
      result.error = last_error;
    } else {
      result.seq_no = last_seq_no += in.Signed();
      result.version = in.Signed();
      result.primary_term = last_term += in.Signed();
    }
    if (first & kSource) result.source = std::string(in.Text());
    if (result.outcome > tasks::UnitOutcome::kUnknown || result.result > engine::OpResult::kNoop) {
      return Torn("result");
    }
  }
  if (!in.ok()) return Torn("results");
  return settled;
}

}  // namespace actions::bulk
