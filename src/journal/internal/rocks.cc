#include "journal/internal/rocks.h"

#include <rocksdb/cache.h>
#include <rocksdb/comparator.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>

#include "base/log.h"
#include "base/log/throttle.h"

namespace journal::internal {

namespace {

class Number final : public rocksdb::ColumnFamilyHandle {
 public:
  explicit Number(Family family) : family_(family) {}
  const std::string& GetName() const override { return name_; }
  std::uint32_t GetID() const override { return static_cast<std::uint32_t>(family_) + 1; }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override {
    return rocksdb::Status::NotSupported();
  }
  const rocksdb::Comparator* GetComparator() const override {
    return rocksdb::BytewiseComparator();
  }

 private:
  const Family family_;
  const std::string name_;
};

// RocksDB's warnings and errors among our own lines, and no file of its own.
class LogLines final : public rocksdb::Logger {
 public:
  LogLines() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void LogHeader(const char*, va_list) override {}
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, arguments);
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL) return;
    if (level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    // Said once a second while a compaction waits for room, which the disk's watch says once; and
    // whenever a write waits for a flush, which the statistics count.
    if (std::strstr(format, "Waiting after background compaction error") != nullptr) return;
    if (std::strstr(format, "Stopping writes because we have") != nullptr) return;
    const auto kept_back = ThrottleOf(format).Pass();
    if (!kept_back) return;
    char line[1024];
    std::vsnprintf(line, sizeof line, format, arguments);
    base::log::Write(level == rocksdb::InfoLogLevel::WARN_LEVEL ? base::log::Level::kWarn
                                                                : base::log::Level::kError,
                     "store", line, {{"kept_back", *kept_back}});
  }

 private:
  // On a full disk each kind comes with every attempt to write. A kind is known by its literal.
  base::log::LogThrottle& ThrottleOf(const char* format) {
    std::lock_guard lock(mutex_);
    return throttles_.try_emplace(format, base::Clock::System()).first->second;
  }

  std::mutex mutex_;
  std::map<const char*, base::log::LogThrottle> throttles_;  // guarded by mutex_; none goes away
};

rocksdb::ColumnFamilyOptions SmallFamily() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 4 << 20;
  options.max_write_buffer_number = 3;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  // NodeStore lets documents wait for compactions. RocksDB would stop all writes: also deletions,
  // which make the room that a compaction may want, and those of a start.
  options.level0_slowdown_writes_trigger = std::numeric_limits<int>::max() / 2;
  options.level0_stop_writes_trigger = std::numeric_limits<int>::max() / 2;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  return options;
}

rocksdb::BlockBasedTableOptions Table(const std::shared_ptr<rocksdb::Cache>& cache,
                                      std::size_t block_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = block_bytes;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;  // all memory of tables is in the cache's bound
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

}  // namespace

rocksdb::ColumnFamilyHandle* NumberOf(Family family) {
  static std::array<Number, kFamilies> numbers{Number(Family::kDocs), Number(Family::kIds),
                                               Number(Family::kLog), Number(Family::kMeta)};
  return &numbers[static_cast<std::size_t>(family)];
}

rocksdb::DBOptions DatabaseOptions(const NodeStore::Options& options,
                                   std::shared_ptr<StoreEvents> events) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.info_log = std::make_shared<LogLines>();
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.listeners = {std::move(events)};
  db.max_bgerror_resume_count = 0;  // StoreRecovery does that
  if (options.env != nullptr) db.env = options.env;
  // A record cut at the very end was never acknowledged. Damage anywhere before it must be heard
  // of: the default would drop what follows it and carry on.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.avoid_flush_during_recovery = true;
  db.avoid_flush_during_shutdown = true;  // the log has it all
  db.db_write_buffer_size = 2 * options.write_buffer_bytes;
  db.max_total_wal_size = 2 * options.write_buffer_bytes;
  db.max_background_jobs = 2;
  db.max_open_files = options.max_open_files;  // bounded: tables are opened when they are needed
  db.max_manifest_file_size = 16 << 20;
  db.manifest_preallocation_size = 64 << 10;  // a start on a full disk has no 4 MB for it
  db.skip_stats_update_on_db_open = true;
  db.skip_checking_sst_file_sizes_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.bytes_per_sync = 1 << 20;
  db.compaction_readahead_size = 1 << 20;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> FamilyDescriptors(
    const NodeStore::Options& options, const std::shared_ptr<DiscardedKeys>& discarded) {
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = options.block_cache_bytes;
  cache_options.num_shard_bits = 4;
  cache_options.high_pri_pool_ratio = 0.5;  // index and filter blocks
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(cache_options);

  rocksdb::ColumnFamilyOptions small = SmallFamily();
  small.table_factory.reset(rocksdb::NewBlockBasedTableFactory(Table(cache, 4 << 10)));

  rocksdb::ColumnFamilyOptions docs = SmallFamily();
  docs.write_buffer_size = options.write_buffer_bytes / 4 * 3;
  // In proportion, so that a small disk has room for a compaction.
  docs.target_file_size_base = options.write_buffer_bytes;
  docs.max_bytes_for_level_base = 8 * options.write_buffer_bytes;
  docs.max_compaction_bytes = 8 * options.write_buffer_bytes;
  docs.compaction_filter_factory = discarded;
  docs.table_factory.reset(rocksdb::NewBlockBasedTableFactory(Table(cache, 16 << 10)));

  // Mostly asked for ids that are not there.
  rocksdb::ColumnFamilyOptions ids = SmallFamily();
  ids.write_buffer_size = options.write_buffer_bytes / 4;
  ids.max_bytes_for_level_base = 8 * options.write_buffer_bytes;
  ids.max_compaction_bytes = 8 * options.write_buffer_bytes;
  ids.memtable_whole_key_filtering = true;
  ids.memtable_prefix_bloom_size_ratio = 0.02;
  rocksdb::BlockBasedTableOptions ids_table = Table(cache, 4 << 10);
  ids_table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  ids_table.optimize_filters_for_memory = true;
  ids.compaction_filter_factory = discarded;
  ids.table_factory.reset(rocksdb::NewBlockBasedTableFactory(ids_table));

  rocksdb::ColumnFamilyOptions log = small;
  log.compaction_filter_factory = discarded;

  return {{rocksdb::kDefaultColumnFamilyName, small},
          {kFamilyNames[0], docs},
          {kFamilyNames[1], ids},
          {kFamilyNames[2], log},
          {kFamilyNames[3], small}};
}

int BaseLevelOf(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  std::string level;
  db.GetProperty(family, rocksdb::DB::Properties::kBaseLevel, &level);
  return static_cast<int>(std::strtol(level.c_str(), nullptr, 10));
}

UpperLevels UpperLevelsOf(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  const std::string base = std::to_string(BaseLevelOf(db, family));
  std::map<std::string, std::string> figures;
  db.GetMapProperty(family, rocksdb::DB::Properties::kCFStats, &figures);
  const auto figure = [&](const std::string& level, const std::string& name) {
    const auto found = figures.find("compaction.L" + level + "." + name);
    return found == figures.end()
               ? 0
               : static_cast<std::uint64_t>(std::strtod(found->second.c_str(), nullptr));
  };
  return {.files = figure("0", "NumFiles"),
          .bytes = figure("0", "SizeBytes") + figure(base, "SizeBytes")};
}

base::Status FromRocks(const rocksdb::Status& status, std::string_view what) {
  const bool corrupted = status.IsCorruption();
  return base::Status(500, corrupted ? "corrupt_store_exception" : "i_o_exception",
                      std::string(what) + ": " + status.ToString());
}

}  // namespace journal::internal
