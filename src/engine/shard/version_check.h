// engine/shard/version_check.h
//
// Whether a write may follow the newest operation on its id, and which version it gets:
// OpenSearch's rules and texts. Threads: pure functions.

#pragma once

#include "base/result.h"
#include "engine/shard/operation.h"

namespace engine {

// The newest operation on an id, as `ids` keeps it.
struct DocState {
  bool exists = false;  // there has been an operation
  bool deleted = false;
  std::int64_t seq_no = kNoSeqNo;
  std::int64_t version = -1;  // OpenSearch's NOT_FOUND
  std::int64_t primary_term = 0;

  bool live() const { return exists && !deleted; }
};

// What a write demands of the state it meets.
struct Versioning {
  bool create = false;  // nothing may be there
  VersionType type = VersionType::kInternal;
  std::int64_t version = kAnyVersion;
  std::int64_t if_seq_no = kNoSeqNo;
  std::int64_t if_primary_term = 0;

  static Versioning Of(const Operation& operation);
};

// The version the write gets, or 409 version_conflict_engine_exception.
base::Result<std::int64_t> NextVersion(std::string_view id, const Versioning& demand,
                                       const DocState& current);

// The part of it that compares if_seq_no and if_primary_term.
base::Status CheckSeqNo(std::string_view id, std::int64_t if_seq_no, std::int64_t if_primary_term,
                        const DocState& current);

}  // namespace engine
