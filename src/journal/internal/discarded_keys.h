// journal/internal/discarded_keys.h
//
// Prefixes whose keys nobody reads any more. Flushes and compactions leave these keys out, so
// nothing has to be written to delete them, and no range tombstone lies in a memtable: RocksDB
// ends the process if it cannot create a log when it freezes such a one, and then tries again.
//
// Lifetime: shared with the database. Threads: any.

#pragma once

#include <rocksdb/compaction_filter.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace journal::internal {

class DiscardedKeys final : public rocksdb::CompactionFilterFactory,
                            public std::enable_shared_from_this<DiscardedKeys> {
 public:
  static constexpr std::size_t kPrefixBytes = 8;  // big-endian

  void Add(std::string_view prefix);
  // Those of keys that a flush or compaction under way has seen are left out all the same.
  void Remove(std::string_view prefix);
  bool Contains(std::uint64_t prefix) const;
  std::vector<std::string> All() const;
  // How often something was added.
  std::uint64_t added() const { return added_.load(std::memory_order_relaxed); }

  // Somebody may write keys with `prefix`, as long as the token lives, which must not outlive this.
  std::shared_ptr<const void> Use(std::string_view prefix);
  bool InUse(std::string_view prefix) const;

  const char* Name() const override { return "DiscardedKeys"; }
  // Null if there are none.
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> prefixes_;     // guarded by mutex_
  std::unordered_multiset<std::uint64_t> in_use_;  // guarded by mutex_
  std::atomic<std::uint64_t> added_{0};            // a counter
};

}  // namespace journal::internal
