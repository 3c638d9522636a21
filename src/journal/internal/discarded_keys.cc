#include "journal/internal/discarded_keys.h"

#include <cassert>
#include <optional>
#include <string>

#include "journal/record.h"

namespace journal::internal {

namespace {

std::uint64_t Number(std::string_view prefix) {
  assert(prefix.size() == DiscardedKeys::kPrefixBytes);
  return ReadBigEndian(prefix.data());
}

// Of one flush or compaction, on its thread.
class Filter final : public rocksdb::CompactionFilter {
 public:
  explicit Filter(std::shared_ptr<const DiscardedKeys> keys) : keys_(std::move(keys)) {}

  const char* Name() const override { return "DiscardedKeys"; }
  Decision FilterV2(int /*level*/, const rocksdb::Slice& key, ValueType /*type*/,
                    const rocksdb::Slice& /*value*/, std::string* /*new_value*/,
                    std::string* skip_until) const override {
    if (key.size() < DiscardedKeys::kPrefixBytes) return Decision::kKeep;
    const std::uint64_t prefix = ReadBigEndian(key.data());
    if (prefix != last_) {
      last_ = prefix;
      discarded_ = keys_->Contains(prefix);
    }
    if (!discarded_) return Decision::kKeep;
    if (prefix == UINT64_MAX) return Decision::kRemove;
    skip_until->clear();
    AppendBigEndian(prefix + 1, *skip_until);
    return Decision::kRemoveAndSkipUntil;
  }

 private:
  const std::shared_ptr<const DiscardedKeys> keys_;
  mutable std::optional<std::uint64_t> last_;
  mutable bool discarded_ = false;
};

}  // namespace

void DiscardedKeys::Add(std::string_view prefix) {
  const std::lock_guard lock(mutex_);
  prefixes_.insert(Number(prefix));
  added_.fetch_add(1, std::memory_order_relaxed);
}

void DiscardedKeys::Remove(std::string_view prefix) {
  const std::lock_guard lock(mutex_);
  prefixes_.erase(Number(prefix));
}

bool DiscardedKeys::Contains(std::uint64_t prefix) const {
  const std::lock_guard lock(mutex_);
  return prefixes_.contains(prefix);
}

std::vector<std::string> DiscardedKeys::All() const {
  std::vector<std::string> all;
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t prefix : prefixes_) AppendBigEndian(prefix, all.emplace_back());
  return all;
}

std::shared_ptr<const void> DiscardedKeys::Use(std::string_view prefix) {
  const std::uint64_t number = Number(prefix);
  {
    const std::lock_guard lock(mutex_);
    in_use_.insert(number);
  }
  return {nullptr, [this, number](const void*) {
            const std::lock_guard lock(mutex_);
            in_use_.erase(in_use_.find(number));
          }};
}

bool DiscardedKeys::InUse(std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  return in_use_.contains(Number(prefix));
}

std::unique_ptr<rocksdb::CompactionFilter> DiscardedKeys::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context& /*context*/) {
  {
    const std::lock_guard lock(mutex_);
    if (prefixes_.empty()) return nullptr;
  }
  return std::make_unique<Filter>(shared_from_this());
}

bool DiscardedKeys::ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const {
  return reason == rocksdb::TableFileCreationReason::kFlush ||
         reason == rocksdb::TableFileCreationReason::kCompaction;
}

}  // namespace journal::internal
