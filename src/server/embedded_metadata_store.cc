#include "server/embedded_metadata_store.h"

#include "base/text/numbers.h"

namespace server {

using base::Result;
using journal::Family;

namespace {

// Records lie in ["cluster/", "cluster0"); '0' follows '/'.
constexpr std::string_view kPrefix = "cluster/";
constexpr std::string_view kEnd = "cluster0";
constexpr std::string_view kSequence = "cluster_sequence";

}  // namespace

Result<EmbeddedMetadataStore::Contents> EmbeddedMetadataStore::Load() {
  std::lock_guard lock(mutex_);
  Contents contents;
  ASSIGN_OR_RETURN(const auto sequence, store_.Get(Family::kMeta, kSequence));
  if (sequence) {
    ASSIGN_OR_RETURN(const std::int64_t number, base::ParseInt64(*sequence));
    sequence_ = static_cast<std::uint64_t>(number);
  }
  contents.sequence = sequence_;
  RETURN_IF_ERROR(
      store_.Scan(Family::kMeta, kPrefix, kEnd, [&](std::string_view key, std::string_view value) {
        contents.records.emplace(key.substr(kPrefix.size()), value);
        return true;
      }));
  return contents;
}

Result<std::uint64_t> EmbeddedMetadataStore::Write(std::uint64_t expected_sequence,
                                                   const std::vector<Change>& changes) {
  std::lock_guard lock(mutex_);
  if (expected_sequence != sequence_) return WriteConflict();
  journal::NodeStore::Batch batch;
  for (const Change& change : changes) {
    const std::string key = std::string(kPrefix) + change.key;
    if (change.value) {
      batch.Put(Family::kMeta, key, *change.value);
    } else {
      batch.Delete(Family::kMeta, key);
    }
  }
  batch.Put(Family::kMeta, kSequence, std::to_string(sequence_ + 1));
  RETURN_IF_ERROR(store_.WriteNow(batch, journal::Durability::kSynced));
  return ++sequence_;
}

}  // namespace server
