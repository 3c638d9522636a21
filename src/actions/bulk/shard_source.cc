#include "actions/bulk/shard_source.h"

#include <algorithm>

#include "actions/bulk/prepare.h"
#include "actions/bulk/shard_wire.h"

namespace actions::bulk {

namespace {

constexpr std::size_t kPerOperation = 96;  // of a chunk, beside the documents; a guess

}  // namespace

base::Result<std::optional<std::string>> ShardSource::Next() {
  if (next_ == kNowhere) return std::optional<std::string>();
  const Body& body = request_->body;
  std::string chunk;
  std::uint64_t operations = 0;
  while (next_ != kNowhere && operations < ShardRequest::kChunkOperations) {
    const Item& item = body.item(next_);
    if (operations == 0) {
      chunk.reserve(item.next == kNowhere
                        ? item.document_size + kPerOperation
                        : std::max<std::size_t>(ShardRequest::kChunkBytes, item.document_size) +
                              kPerOperation);
    } else if (chunk.size() + item.document_size > ShardRequest::kChunkBytes) {
      break;
    }
    RETURN_IF_ERROR(AppendItem(item, chunk));
    next_ = item.next;
    ++operations;
  }
  handed_.fetch_add(operations, std::memory_order_release);
  return std::optional<std::string>(std::move(chunk));
}

bool ShardSource::MayWait() const {
  const SpillBuffer& bytes = request_->body.bytes();
  return bytes.size() > bytes.memory_bytes();
}

base::Status ShardSource::AppendItem(const Item& item, std::string& chunk) {
  const Body& body = request_->body;
  std::string scratch;
  ASSIGN_OR_RETURN(const std::string_view id, body.Id(item, reader_, scratch));
  engine::Operation op;
  op.type = item.type;
  op.generated_id = item.id_place == IdPlace::kGenerated;
  op.id = id;
  const Extra extra = body.ExtraOf(item);
  op.routing = extra.routing.value_or(request_->params.routing);
  if (op.routing.empty()) op.routing = request_->targets[item.index].routing;
  if (item.extra != kNowhere) {
    op.version = extra.version.value_or(engine::kAnyVersion);
    op.version_type = extra.version_type;
    op.if_seq_no = extra.if_seq_no;
    op.if_primary_term = extra.if_primary_term;
    op.retry_on_conflict =
        static_cast<int>(std::clamp<std::int64_t>(extra.retry_on_conflict, 0, INT32_MAX));
  }
  if (item.type == engine::OpType::kUpdate) {
    const bool own = extra.source.has_value();
    op.want_source = own ? body.source_filters()[*extra.source].fetch
                         : request_->params.source && request_->params.source->fetch;
    if (request_->shard_action == names::kUpdateShard) {
      op.missing_pipeline = PipelinesOf(*request_->targets[item.index].index).First();
    }
  }
  AppendOperation(op, item.document_size, chunk);
  return reader_.AppendTo(item.document, item.document_size, chunk);
}

}  // namespace actions::bulk
