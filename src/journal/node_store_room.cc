#include <rocksdb/convenience.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "journal/internal/node_store_impl.h"
#include "journal/record.h"

namespace journal {

using internal::FromRocks;
using internal::ToSlice;

namespace {

// With what it overlaps in the levels from its own to `to_level`; of level 0, all older files.
rocksdb::Status CompactFile(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                            const std::string& file, int to_level, tasks::Uninterruptible) {
  return db.CompactFiles(rocksdb::CompactionOptions(), family, {file}, to_level);
}

}  // namespace

void NodeStore::LookAtFiles() {
  bool behind = false;
  std::uint64_t next_bytes = 0;
  for (rocksdb::ColumnFamilyHandle* const family : impl_->handles) {
    const internal::UpperLevels upper = internal::UpperLevelsOf(*impl_->db, family);
    behind = behind || upper.files >= internal::kLevel0Stop;
    next_bytes = std::max(next_bytes, upper.bytes);
  }
  impl_->behind.store(behind, std::memory_order_release);
  if (room_ != nullptr) room_->SetNextCompaction(next_bytes);
}

bool NodeStore::WaitsForCompactions() const {
  if (room_ == nullptr) return impl_->behind.load(std::memory_order_acquire);
  if (room_->full()) return false;  // what is written now makes room
  return impl_->behind.load(std::memory_order_acquire) || room_->tight();
}

// RocksDB tries a compaction that finds no room once a second, for as long as nothing is deleted.
void NodeStore::CheckCompactions() {
  if (room_ == nullptr) return;
  Impl& impl = *impl_;
  std::uint64_t flushes = 0;
  impl.db->GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &flushes);
  const bool behind = impl.behind.load(std::memory_order_acquire) || room_->tight();
  const bool at_work = impl.events->compacts() || flushes > 0;
  impl.looks_without_room = behind && !at_work ? impl.looks_without_room + 1 : 0;
  const bool starves = behind && (impl.starves || impl.looks_without_room >= 2);
  if (std::exchange(impl.starves, starves) != starves) room_->SetStarved(starves);
}

void NodeStore::DeleteFiles(std::string_view begin, std::string_view end) {
  const rocksdb::Slice first = ToSlice(begin), last = ToSlice(end);
  const rocksdb::RangePtr range(&first, &last);
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    rocksdb::DeleteFilesInRanges(impl_->db.get(), impl_->handle(family), &range, 1, false)
        .PermitUncheckedError();
  }
  impl_->events->FilesChanged();
}

void NodeStore::Discard(std::string_view prefix, std::string_view end) {
  impl_->discarded->Add(prefix);
  DeleteFiles(prefix, end);
}

void NodeStore::EndDiscard(std::string_view prefix) { impl_->discarded->Remove(prefix); }

std::shared_ptr<const void> NodeStore::UseKeys(std::string_view prefix) {
  return impl_->discarded->Use(prefix);
}

bool NodeStore::InUse(std::string_view prefix) const { return impl_->discarded->InUse(prefix); }

bool NodeStore::Discards(std::string_view prefix) const {
  return impl_->discarded->Contains(ReadBigEndian(prefix.data()));
}

base::Status NodeStore::ReclaimDiscarded(tasks::TaskContext& task) {
  for (const std::string& prefix : impl_->discarded->All()) {
    std::string end;
    AppendBigEndian(ReadBigEndian(prefix.data()) + 1, end);
    for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
      RETURN_IF_ERROR(task.Checkpoint());
      ASSIGN_OR_RETURN(const auto last, Last(family, prefix, end));
      if (last) RETURN_IF_ERROR(Compact(task, family, prefix, end));
    }
  }
  return {};
}

base::Status NodeStore::Reclaim(tasks::TaskContext& task) {
  constexpr std::array kReclaimed = {Family::kDocs, Family::kIds, Family::kLog};
  RETURN_IF_ERROR(Flush(task));
  while (room_ != nullptr && room_->tight()) {
    bool some = false;
    for (const Family family : kReclaimed) {
      ASSIGN_OR_RETURN(const bool some_of_these, CompactInPieces(task, family));
      some = some || some_of_these;
    }
    if (!some) return NoRoom();
  }
  const std::string last(9, '\xff');
  for (const Family family : kReclaimed) RETURN_IF_ERROR(Compact(task, family, "", last));
  return {};
}

// A compaction of level 0 takes all of its files, and the whole level below. Where there is no room
// for that there may be room for one file of that level at a time, and then for the oldest files of
// level 0, which have to go first. False: for none of them.
base::Result<bool> NodeStore::CompactInPieces(tasks::TaskContext& task, Family family) {
  rocksdb::ColumnFamilyHandle* const handle = impl_->handle(family);
  rocksdb::ColumnFamilyMetaData files;
  impl_->db->GetColumnFamilyMetaData(handle, &files);
  const auto base = static_cast<std::size_t>(internal::BaseLevelOf(*impl_->db, handle));
  bool some = false;
  // True if it has been done.
  const auto compact = [&](const std::string& file, std::size_t to_level) -> base::Result<bool> {
    RETURN_IF_ERROR(task.Checkpoint());
    const rocksdb::Status status = CompactFile(
        *impl_->db, handle, file, static_cast<int>(to_level),
        tasks::Uninterruptible{"a compaction that a nearly full disk has room for; 1 s"});
    if (status.ok()) impl_->events->FilesChanged();
    some = some || status.ok();
    // Invalid: another compaction has taken the file away since.
    const bool left =
        status.IsCompactionTooLarge() || status.IsAborted() || status.IsInvalidArgument();
    return status.ok() || left ? base::Result<bool>(status.ok())
                               : FromRocks(status, "cannot compact");
  };
  if (base + 1 < files.levels.size()) {
    for (const auto& file : files.levels[base].files) {
      RETURN_IF_ERROR(compact(file.name, base + 1).status());
    }
  }
  const auto& level_0 = files.levels.front().files;  // the newest comes first
  for (std::size_t count = level_0.size(); count > 0; count /= 2) {
    ASSIGN_OR_RETURN(const bool done, compact(level_0[level_0.size() - count].name, base));
    if (done) break;
  }
  return some;
}

}  // namespace journal
