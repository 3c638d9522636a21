#include <rocksdb/convenience.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "journal/internal/node_store_impl.h"

namespace journal {

using internal::ToSlice;

namespace {

std::uint64_t FilesInLevel0(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  std::string files;
  db.GetProperty(family, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files);
  return std::strtoull(files.c_str(), nullptr, 10);
}

void StopWritesAt(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                  int files_in_level_0) {
  const std::string files = std::to_string(files_in_level_0);
  for (rocksdb::ColumnFamilyHandle* const family : families) {
    const rocksdb::Status set = db.SetOptions(
        family, {{"level0_slowdown_writes_trigger", files}, {"level0_stop_writes_trigger", files}});
    if (!set.ok()) base::log::Warn("store", "cannot set an option", {{"error", set.ToString()}});
  }
}

}  // namespace

// RocksDB leaves a compaction that finds no room in its queue, tries it once a second, and stops
// all writes meanwhile: for as long as nothing is deleted, and deletions are writes, too.
bool NodeStore::CheckCompactions() {
  Impl& impl = *impl_;
  if (room_ == nullptr) return false;
  const auto is = [&](const std::string& property, std::uint64_t least) {
    std::uint64_t value = 0;
    return impl.db->GetIntProperty(property, &value) && value >= least;
  };
  if (!impl.starves) {
    using Properties = rocksdb::DB::Properties;
    const bool stuck = is(Properties::kIsWriteStopped, 1) && !impl.events->compacts() &&
                       !is(Properties::kNumRunningFlushes, 1) && !impl.events->refuses_writes();
    impl.looks_without_room = stuck ? impl.looks_without_room + 1 : 0;
    if (impl.looks_without_room < 2) return false;
    room_->SetStarved(true);  // before the writers wake
    StopWritesAt(*impl.db, impl.handles, std::numeric_limits<int>::max() / 2);
    impl.starves = true;
  } else if (std::ranges::none_of(impl.handles, [&](rocksdb::ColumnFamilyHandle* family) {
               return FilesInLevel0(*impl.db, family) >= internal::kLevel0Stop;
             })) {
    StopWritesAt(*impl.db, impl.handles, internal::kLevel0Stop);
    impl.looks_without_room = 0;
    impl.starves = false;
    room_->SetStarved(false);
  }
  return impl.starves;
}

void NodeStore::GiveBack(std::string_view begin, std::string_view end) {
  const rocksdb::Slice first = ToSlice(begin), last = ToSlice(end);
  const rocksdb::RangePtr range(&first, &last);
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    rocksdb::DeleteFilesInRanges(impl_->db.get(), impl_->handle(family), &range, 1, false)
        .PermitUncheckedError();
  }
}

base::Status NodeStore::Reclaim(tasks::TaskContext& task) {
  RETURN_IF_ERROR(Flush(task));
  const std::string last(9, '\xff');
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog}) {
    RETURN_IF_ERROR(Compact(task, family, "", last));
  }
  return {};
}

}  // namespace journal
