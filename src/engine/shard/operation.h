// engine/shard/operation.h
//
// One write as a client asked for it, and what became of it. Plain values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "tasks/task_types.h"

namespace engine {

enum class OpType : std::uint8_t { kIndex, kCreate, kUpdate, kDelete };
enum class VersionType : std::uint8_t { kInternal, kExternal, kExternalGte };

inline constexpr std::int64_t kAnyVersion = -3;  // OpenSearch's MATCH_ANY
inline constexpr std::int64_t kNoSeqNo = -2;     // UNASSIGNED_SEQ_NO

// Views into the caller's memory, which outlives the write.
struct Operation {
  OpType type = OpType::kIndex;
  bool generated_id = false;  // made by the coordinator for this request: cannot exist yet
  std::string_view id;
  std::string_view routing;  // empty: none given
  std::string_view source;   // the document; kUpdate: the request's body (doc, upsert, …)
  VersionType version_type = VersionType::kInternal;
  std::int64_t version = kAnyVersion;
  std::int64_t if_seq_no = kNoSeqNo;
  std::int64_t if_primary_term = 0;
  int retry_on_conflict = 0;
  bool want_source = false;  // kUpdate: answer with the new `_source`
  // kUpdate: names a pipeline that does not exist, so the update fails unless it changes nothing.
  std::string_view missing_pipeline;
};

enum class OpResult : std::uint8_t { kNone, kCreated, kUpdated, kDeleted, kNotFound, kNoop };
std::string_view OpResultName(OpResult result);  // "created", "not_found", …

struct OperationResult {
  tasks::UnitOutcome outcome = tasks::UnitOutcome::kNotDone;
  OpResult result = OpResult::kNone;
  std::int64_t seq_no = kNoSeqNo;
  std::int64_t version = -1;
  std::int64_t primary_term = 0;
  base::Status error;                 // why this operation alone failed; OK if it did not
  std::optional<std::string> source;  // if want_source
};

}  // namespace engine
