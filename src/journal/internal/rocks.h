// journal/internal/rocks.h
//
// How we use RocksDB: its options, our column families, its statuses and log lines as ours.
// Threads: pure functions and constants.

#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <array>

#include "journal/internal/discarded_keys.h"
#include "journal/internal/store_events.h"

namespace journal::internal {

inline constexpr std::size_t kFamilies = 4;
// In the order in which they are created, behind RocksDB's own "default": family f has the id f
// + 1. A family that is added to existing stores gets an id of its own in each (flush_slack.h).
inline constexpr std::array<const char*, kFamilies> kFamilyNames = {"docs", "ids", "log", "meta"};

// A handle that only knows its number, so that a batch can be filled without the database.
rocksdb::ColumnFamilyHandle* NumberOf(Family family);

rocksdb::DBOptions DatabaseOptions(const NodeStore::Options& options,
                                   std::shared_ptr<StoreEvents> events);
std::vector<rocksdb::ColumnFamilyDescriptor> FamilyDescriptors(
    const NodeStore::Options& options, const std::shared_ptr<DiscardedKeys>& discarded);

// With so many files in a family's level 0 its writes wait.
inline constexpr int kLevel0Stop = 24;

// The level that level 0 is compacted into.
int BaseLevelOf(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family);

struct UpperLevels {
  std::uint64_t files = 0;  // in level 0
  std::uint64_t bytes = 0;  // of level 0 and the one that is compacted into
};
UpperLevels UpperLevelsOf(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family);

// `what` is what we were doing. Must not be OK.
base::Status FromRocks(const rocksdb::Status& status, std::string_view what);

inline rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace journal::internal
