#include "journal/internal/flush_slack.h"

#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

namespace journal::internal {

namespace {

constexpr std::string_view kPrefix = "flush-slack-";

// RocksDB runs one flush at a time, so an error loses at most one job. A failed attempt to resume
// may lose another, but its jobs have taken all our requests out of the queue by then. Two would
// do.
constexpr std::size_t kFamilies = 3;

rocksdb::ColumnFamilyOptions TinyFamily() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 64 << 10;
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

FlushSlack::~FlushSlack() {
  for (rocksdb::ColumnFamilyHandle* const family : families_) {
    db_.DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
}

bool FlushSlack::Prepare() {
  if (prepared_) return true;
  prepared_ = Create() && Fill() && Drop();
  // Freezes the memtables, for which RocksDB creates a log: later the disk may not allow it.
  if (prepared_) AddJobs();
  return prepared_;
}

bool FlushSlack::Create() {
  std::vector<std::string> names;
  for (std::size_t i = families_.size(); i < kFamilies; ++i) {
    names.push_back(std::string(kPrefix) + std::to_string(i));
  }
  if (names.empty()) return true;
  std::vector<rocksdb::ColumnFamilyHandle*> created;
  db_.CreateColumnFamilies(TinyFamily(), names, &created).PermitUncheckedError();
  families_.insert(families_.end(), created.begin(), created.end());
  return families_.size() == kFamilies;
}

bool FlushSlack::Fill() {
  if (filled_) return true;
  rocksdb::WriteBatch entries;
  for (rocksdb::ColumnFamilyHandle* const family : families_) {
    entries.Put(family, "unflushed", "").PermitUncheckedError();
  }
  filled_ = db_.Write(rocksdb::WriteOptions(), &entries).ok();
  return filled_;
}

bool FlushSlack::Drop() {
  for (rocksdb::ColumnFamilyHandle* const family : families_) {
    const rocksdb::Status dropped = db_.DropColumnFamily(family);
    if (!dropped.ok() && !dropped.IsInvalidArgument()) return false;  // invalid: dropped before
  }
  return true;
}

// An error of the list of files stays with RocksDB until it has written the list, and Resume() ends
// the process unless the deletion of files is off then. RocksDB turns it off when a flush meets the
// error, but not when a family is created or dropped, or files are deleted.
rocksdb::Status FlushSlack::Resume() {
  if (prepared_) AddJobs();
  db_.DisableFileDeletions().PermitUncheckedError();
  rocksdb::Status status = db_.Resume();
  db_.EnableFileDeletions(/*force=*/false).PermitUncheckedError();
  return status;
}

void FlushSlack::AddJobs() {
  rocksdb::FlushOptions options;
  // Without waiting it is refused during a write stall. For a dropped family it does not wait.
  options.wait = true;
  options.allow_write_stall = true;
  for (rocksdb::ColumnFamilyHandle* const family : families_) {
    db_.Flush(options, family).PermitUncheckedError();
  }
}

rocksdb::Status OpenDatabase(const rocksdb::DBOptions& options, const std::string& path,
                             const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                             std::vector<rocksdb::ColumnFamilyHandle*>* handles, rocksdb::DB** db) {
  rocksdb::Status opened = rocksdb::DB::Open(options, path, families, handles, db);
  if (!opened.IsInvalidArgument()) return opened;
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &names).ok()) return opened;
  std::vector<rocksdb::ColumnFamilyDescriptor> all = families;
  for (const std::string& name : names) {
    if (name.starts_with(kPrefix)) all.emplace_back(name, TinyFamily());
  }
  if (all.size() == families.size()) return opened;
  rocksdb::Status again = rocksdb::DB::Open(options, path, all, handles, db);
  if (!again.ok()) return again;
  const auto first_left = handles->begin() + static_cast<std::ptrdiff_t>(families.size());
  const std::vector<rocksdb::ColumnFamilyHandle*> left(first_left, handles->end());
  handles->erase(first_left, handles->end());
  (*db)->DropColumnFamilies(left).PermitUncheckedError();
  for (rocksdb::ColumnFamilyHandle* const family : left) {
    (*db)->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  return again;
}

}  // namespace journal::internal
