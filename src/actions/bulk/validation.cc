#include "actions/bulk/body.h"

namespace actions::bulk {

namespace {

using engine::OpType;
using engine::VersionType;

constexpr std::size_t kMaxIdBytes = 512;
constexpr std::int64_t kDeletedVersion = -4;  // OpenSearch's MATCH_DELETED

std::string_view Name(VersionType type) {
  if (type == VersionType::kInternal) return "INTERNAL";
  return type == VersionType::kExternal ? "EXTERNAL" : "EXTERNAL_GTE";
}

void CheckVersions(const Extra& extra, std::int64_t version, std::vector<std::string>& problems) {
  const bool internal = extra.version_type == VersionType::kInternal;
  const bool special = version == engine::kAnyVersion || version == kDeletedVersion;
  if (internal ? version <= 0 && !special : version < 0) {
    problems.push_back("illegal version value [" + std::to_string(version) +
                       "] for version type [" + std::string(Name(extra.version_type)) + "]");
  }
  if (internal && !special) {
    problems.push_back(
        "internal versioning can not be used for optimistic concurrency control. Please use "
        "`if_seq_no` and `if_primary_term` instead");
  }
  const bool has_seq_no = extra.if_seq_no != engine::kNoSeqNo;
  if (has_seq_no && (!internal || version != engine::kAnyVersion)) {
    problems.push_back("compare and write operations can not use versioning");
  }
  if (auto problem = LacksItsOther(extra)) problems.push_back(*std::move(problem));
}

}  // namespace

std::optional<std::string_view> PipelineOf(const Extra& extra, const BulkParams& defaults) {
  return extra.pipeline || !defaults.pipeline ? extra.pipeline : *defaults.pipeline;
}

std::optional<std::string> LacksItsOther(const Extra& extra) {
  const bool has_seq_no = extra.if_seq_no != engine::kNoSeqNo;
  if (has_seq_no && extra.if_primary_term == 0) return "ifSeqNo is set, but primary term is [0]";
  if (has_seq_no || extra.if_primary_term == 0) return std::nullopt;
  return "ifSeqNo is unassigned, but primary term is [" + std::to_string(extra.if_primary_term) +
         "]";
}

std::vector<std::string> ProblemsOf(const Checked& operation) {
  const Extra& extra = operation.extra;
  const bool writes = operation.type == OpType::kIndex || operation.type == OpType::kCreate;
  std::vector<std::string> problems;
  if (!operation.has_index) problems.push_back("index is missing");
  if (!writes && (!operation.id || operation.id->empty())) problems.push_back("id is missing");

  std::int64_t version = extra.version.value_or(engine::kAnyVersion);
  if (operation.type == OpType::kCreate) {
    const char* refused = nullptr;
    if (extra.version_type != VersionType::kInternal) {
      refused = "create operations only support internal versioning. use index instead";
    } else if (version != engine::kAnyVersion && version != kDeletedVersion) {
      refused = "create operations do not support explicit versions. use index instead";
    } else if (extra.if_seq_no != engine::kNoSeqNo || extra.if_primary_term != 0) {
      refused = "create operations do not support compare and set. use index instead";
    }
    if (refused) {
      problems.emplace_back(refused);
      return problems;
    }
  }
  if (writes && !operation.id &&
      (extra.version_type != VersionType::kInternal ||
       (version != engine::kAnyVersion && version != kDeletedVersion))) {
    problems.push_back("an id must be provided if version type or value are set");
  }
  CheckVersions(extra, version, problems);
  if (operation.type != OpType::kDelete && operation.id && operation.id->size() > kMaxIdBytes) {
    problems.push_back("id [" + std::string(*operation.id) +
                       "] is too long, must be no longer than 512 bytes but was: " +
                       std::to_string(operation.id->size()));
  }
  if (operation.type == OpType::kUpdate && extra.if_seq_no != engine::kNoSeqNo &&
      extra.retry_on_conflict > 0) {
    problems.push_back("compare and write operations can not be retried");
  }
  if (writes && operation.pipeline && operation.pipeline->empty()) {
    problems.push_back("pipeline cannot be an empty string");
  }
  return problems;
}

base::Status ValidationError(const std::vector<std::string>& problems) {
  std::string reason = "Validation Failed: ";
  for (std::size_t i = 0; i < problems.size(); ++i) {
    reason += std::to_string(i + 1) + ": " + problems[i] + ";";
  }
  return base::Status(400, "action_request_validation_exception", std::move(reason));
}

}  // namespace actions::bulk
