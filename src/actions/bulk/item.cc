#include "actions/bulk/item.h"

#include "actions/bulk/wire.h"

namespace actions::bulk {

namespace {

enum Has : std::uint8_t {
  kRouting,
  kPipeline,
  kVersion,
  kVersionType,
  kIfSeqNo,
  kIfTerm,
  kRetry,
  kRequireAlias,
  kSource,
};

std::uint64_t Bit(Has what, bool is) { return std::uint64_t{is} << what; }

}  // namespace

bool Extra::empty() const {
  return !routing && !pipeline && !version && version_type == engine::VersionType::kInternal &&
         if_seq_no == engine::kNoSeqNo && if_primary_term == 0 && retry_on_conflict == 0 &&
         !require_alias && !source;
}

std::string Extra::Encode() const {
  const std::uint64_t has =
      Bit(kRouting, routing.has_value()) | Bit(kPipeline, pipeline.has_value()) |
      Bit(kVersion, version.has_value()) |
      Bit(kVersionType, version_type != engine::VersionType::kInternal) |
      Bit(kIfSeqNo, if_seq_no != engine::kNoSeqNo) | Bit(kIfTerm, if_primary_term != 0) |
      Bit(kRetry, retry_on_conflict != 0) | Bit(kRequireAlias, require_alias.has_value()) |
      Bit(kSource, source.has_value());
  std::string out;
  PutVarint(out, has);
  if (routing) PutText(out, *routing);
  if (pipeline) PutText(out, *pipeline);
  if (version) PutSigned(out, *version);
  if (has >> kVersionType & 1) out.push_back(static_cast<char>(version_type));
  if (has >> kIfSeqNo & 1) PutSigned(out, if_seq_no);
  if (has >> kIfTerm & 1) PutSigned(out, if_primary_term);
  if (has >> kRetry & 1) PutSigned(out, retry_on_conflict);
  if (require_alias) out.push_back(static_cast<char>(*require_alias));
  if (source) PutVarint(out, *source);
  return out;
}

Extra Extra::Decode(std::string_view bytes) {
  WireReader in(bytes);
  const std::uint64_t has = in.Varint();
  Extra extra;
  if (has >> kRouting & 1) extra.routing = in.Text();
  if (has >> kPipeline & 1) extra.pipeline = in.Text();
  if (has >> kVersion & 1) extra.version = in.Signed();
  if (has >> kVersionType & 1) extra.version_type = static_cast<engine::VersionType>(in.Byte());
  if (has >> kIfSeqNo & 1) extra.if_seq_no = in.Signed();
  if (has >> kIfTerm & 1) extra.if_primary_term = in.Signed();
  if (has >> kRetry & 1) extra.retry_on_conflict = in.Signed();
  if (has >> kRequireAlias & 1) extra.require_alias = in.Byte() != 0;
  if (has >> kSource & 1) extra.source = static_cast<std::uint32_t>(in.Varint());
  return extra;
}

}  // namespace actions::bulk
