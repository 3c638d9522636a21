#include "engine/shard/documents.h"

#include <cstring>

#include "engine/mapping/source_rule.h"

namespace engine {

namespace {

using journal::Family;

std::string BigEndian(std::uint64_t number) {
  std::string bytes;
  journal::AppendBigEndian(number, bytes);
  return bytes;
}

// A reader without a snapshot may find an id whose document has been replaced since: it looks
// again.
constexpr int kLooks = 3;

}  // namespace

Documents::Documents(journal::NodeStore& store, std::uint64_t shard_key)
    : store_(store), prefix_(BigEndian(shard_key)), end_(BigEndian(shard_key + 1)) {}

std::string Documents::DocKey(std::int64_t seq_no) const {
  std::string key;
  SetDocKey(seq_no, key);
  return key;
}

void Documents::SetDocKey(std::int64_t seq_no, std::string& key) const {
  key.assign(prefix_);
  journal::AppendBigEndian(static_cast<std::uint64_t>(seq_no), key);
}

void Documents::SetIdKey(std::string_view id, std::string& key) const {
  key.assign(prefix_).append(id);
}

// A byte that says whether it is deleted, seq_no, version, term.
void Documents::SetIdValue(const DocState& state, std::string& value) {
  value.resize(25);
  value[0] = static_cast<char>(state.deleted);
  std::memcpy(value.data() + 1, &state.seq_no, 8);
  std::memcpy(value.data() + 9, &state.version, 8);
  std::memcpy(value.data() + 17, &state.primary_term, 8);
}

base::Result<DocState> Documents::ParseIdValue(std::string_view value) {
  if (value.size() != 25) {
    return base::Status(500, "corrupt_store_exception", "an entry of ids has a wrong length");
  }
  DocState state{.exists = true, .deleted = value[0] != 0};
  std::memcpy(&state.seq_no, value.data() + 1, 8);
  std::memcpy(&state.version, value.data() + 9, 8);
  std::memcpy(&state.primary_term, value.data() + 17, 8);
  return state;
}

base::Result<DocState> Documents::State(std::string_view id,
                                        const journal::NodeStore::SnapshotPtr& at,
                                        journal::ReadTier tier) const {
  thread_local std::string key;
  SetIdKey(id, key);
  ASSIGN_OR_RETURN(const std::optional<std::string> value, store_.Get(Family::kIds, key, at, tier));
  return value ? ParseIdValue(*value) : DocState();
}

base::Result<Documents::Document> Documents::Read(std::string_view id,
                                                  const journal::NodeStore::SnapshotPtr& at,
                                                  journal::ReadTier tier) const {
  for (int look = 1;; ++look) {
    const auto view = !at && look > kLooks ? store_.Freeze() : at;
    Document document;
    ASSIGN_OR_RETURN(document.state, State(id, view, tier));
    if (!document.state.live()) return document;
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     store_.Get(Family::kDocs, DocKey(document.state.seq_no), view, tier));
    if (bytes) {
      ASSIGN_OR_RETURN(const journal::OpRecord op,
                       journal::ParseOperation(document.state.seq_no, *bytes));
      document.routing = op.routing;
      document.source = op.source;
      return document;
    }
    if (view) {
      return base::Status(500, "corrupt_store_exception",
                          "[" + std::string(id) + "]: its document is missing");
    }
  }
}

base::Status ApplySourceRule(const tasks::TaskContext& task, const Mapping& mapping,
                             Documents::Document& document) {
  const SourceRule* const rule = mapping.source_rule();
  if (rule == nullptr) return {};
  ASSIGN_OR_RETURN(std::optional<std::string> seen, rule->Apply(task, document.source));
  document.has_source = seen.has_value();
  document.source = std::move(seen).value_or(std::string());
  return {};
}

}  // namespace engine
