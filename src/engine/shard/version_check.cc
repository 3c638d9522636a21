#include "engine/shard/version_check.h"

namespace engine {

namespace {

base::Status Conflict(std::string_view id, const std::string& why) {
  return base::Status(409, "version_conflict_engine_exception",
                      "[" + std::string(id) + "]: version conflict, " + why);
}

std::string InBrackets(std::int64_t number) { return "[" + std::to_string(number) + "]"; }

}  // namespace

Versioning Versioning::Of(const Operation& operation) {
  return {.create = operation.type == OpType::kCreate,
          .type = operation.version_type,
          .version = operation.version,
          .if_seq_no = operation.if_seq_no,
          .if_primary_term = operation.if_primary_term};
}

base::Status CheckSeqNo(std::string_view id, std::int64_t if_seq_no, std::int64_t if_primary_term,
                        const DocState& current) {
  if (if_seq_no == kNoSeqNo) return {};
  if (current.live() && current.seq_no == if_seq_no && current.primary_term == if_primary_term) {
    return {};
  }
  std::string why = "required seqNo " + InBrackets(if_seq_no) + ", primary term " +
                    InBrackets(if_primary_term) + ".";
  why += current.live() ? " current document has seqNo " + InBrackets(current.seq_no) +
                              " and primary term " + InBrackets(current.primary_term)
                        : " but no document was found";
  return Conflict(id, why);
}

base::Result<std::int64_t> NextVersion(std::string_view id, const Versioning& demand,
                                       const DocState& current) {
  if (demand.create && current.live()) {
    return Conflict(
        id, "document already exists (current version " + InBrackets(current.version) + ")");
  }
  RETURN_IF_ERROR(CheckSeqNo(id, demand.if_seq_no, demand.if_primary_term, current));
  if (demand.type == VersionType::kInternal) {
    if (demand.version != kAnyVersion && demand.version != current.version) {
      return Conflict(id, current.exists ? "current version " + InBrackets(current.version) +
                                               " is different than the one provided " +
                                               InBrackets(demand.version)
                                         : "document does not exist (expected version " +
                                               InBrackets(demand.version) + ")");
    }
    if (!current.exists) return 1;
    // An external version may have been the largest; then it goes round, as in OpenSearch.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(current.version) + 1);
  }
  const bool gte = demand.type == VersionType::kExternalGte;
  if (current.exists &&
      (gte ? current.version > demand.version : current.version >= demand.version)) {
    return Conflict(id, "current version " + InBrackets(current.version) +
                            (gte ? " is higher than the one provided "
                                 : " is higher or equal to the one provided ") +
                            InBrackets(demand.version));
  }
  return demand.version;
}

}  // namespace engine
