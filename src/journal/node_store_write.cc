#include "journal/internal/node_store_impl.h"

namespace journal {

using internal::FromRocks;
using internal::NumberOf;
using internal::ToSlice;

namespace {

constexpr std::string_view kNoRoom = "store_has_no_room_exception";

// A frame of its own, which cmake/tsan.supp names: RocksDB's leader copies the batches of those who
// write at the same time, and hands over by atomics that ThreadSanitizer does not see.
[[gnu::noinline]] rocksdb::Status WriteInGroup(rocksdb::DB& db,
                                               const rocksdb::WriteOptions& options,
                                               rocksdb::WriteBatch& batch, tasks::Uninterruptible) {
  return db.Write(options, &batch);
}

}  // namespace

// Filling a batch fails only for lack of memory or a foreign comparator.
NodeStore::Batch::Batch(std::size_t reserve_bytes)
    : impl_(std::make_unique<Impl>(Impl{rocksdb::WriteBatch(reserve_bytes)})) {}
NodeStore::Batch::~Batch() = default;
NodeStore::Batch::Batch(Batch&&) noexcept = default;
NodeStore::Batch& NodeStore::Batch::operator=(Batch&&) noexcept = default;

void NodeStore::Batch::Put(Family family, std::string_view key, std::string_view value) {
  impl_->batch.Put(NumberOf(family), ToSlice(key), ToSlice(value)).PermitUncheckedError();
}
void NodeStore::Batch::Delete(Family family, std::string_view key) {
  impl_->batch.Delete(NumberOf(family), ToSlice(key)).PermitUncheckedError();
}
void NodeStore::Batch::DeleteRange(Family family, std::string_view begin, std::string_view end) {
  impl_->batch.DeleteRange(NumberOf(family), ToSlice(begin), ToSlice(end)).PermitUncheckedError();
}
std::size_t NodeStore::Batch::bytes() const { return impl_->batch.GetDataSize(); }
void NodeStore::Batch::Clear() { impl_->batch.Clear(); }

base::Status NodeStore::WriteIfRoom(Batch& batch, Durability durability) {
  if (impl_->events->refuses_writes()) {
    return base::Status(503, "store_failed_exception", "the store takes no writes after an error");
  }
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kSynced;
  options.no_slowdown = true;
  const rocksdb::Status status = WriteInGroup(
      *impl_->db, options, batch.impl_->batch,
      tasks::Uninterruptible{"the write of a record of at most 1 MB, or of one document of at most "
                             "10 MB, and its sync; 10 ms, 22 ms for 8 MB"});
  if (status.ok()) [[likely]] {
    impl_->writes.fetch_add(1, std::memory_order_relaxed);
    if (options.sync) impl_->synced.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  if (status.IsIncomplete()) {
    impl_->stalls.fetch_add(1, std::memory_order_relaxed);
    return base::Status(503, kNoRoom, "the store has no room for a write just now");
  }
  impl_->events->RefuseWrites();
  return FromRocks(status, "cannot write").WithCode(base::Code::kOutcomeUnknown);
}

bool NodeStore::IsNoRoom(const base::Status& status) { return status.type() == kNoRoom; }

base::Status NodeStore::WaitForRoom(tasks::TaskContext& task) {
  return impl_->events->WaitFor(task, "room in the store", [this] {
    std::uint64_t stopped = 0;
    impl_->db->GetIntProperty(rocksdb::DB::Properties::kIsWriteStopped, &stopped);
    return stopped == 0 || impl_->events->refuses_writes();
  });
}

base::Status NodeStore::Write(tasks::TaskContext& task, Batch& batch, Durability durability) {
  for (;;) {
    base::Status status = WriteIfRoom(batch, durability);
    if (!IsNoRoom(status)) return status;
    RETURN_IF_ERROR(WaitForRoom(task));
  }
}

base::Status NodeStore::WriteNow(Batch& batch, Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kSynced;
  const rocksdb::Status status = WriteInGroup(
      *impl_->db, options, batch.impl_->batch,
      tasks::Uninterruptible{"the write of what the cluster knows of its indices, and its sync; "
                             "10 ms"});
  return status.ok() ? base::Status() : FromRocks(status, "cannot write");
}

base::Status NodeStore::Flush(tasks::TaskContext& task) {
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;  // else it waits in RocksDB, where no stop reaches it
  std::vector<rocksdb::ColumnFamilyHandle*> waiting(impl_->handles.begin() + 1,
                                                    impl_->handles.end());
  rocksdb::Status begun = rocksdb::Status::TryAgain();  // it refuses to begin during a stall
  RETURN_IF_ERROR(impl_->events->WaitFor(task, "flush", [&] {
    if (begun.IsTryAgain()) begun = impl_->db->Flush(options, waiting);
    if (begun.IsTryAgain()) return impl_->events->refuses_writes();
    std::erase_if(waiting, [this](rocksdb::ColumnFamilyHandle* handle) {
      std::uint64_t memtables = 0;
      impl_->db->GetIntProperty(handle, rocksdb::DB::Properties::kNumImmutableMemTable, &memtables);
      return memtables == 0;
    });
    return !begun.ok() || waiting.empty() || impl_->events->refuses_writes();
  }));
  if (!begun.ok()) return FromRocks(begun, "cannot flush");
  return waiting.empty() ? base::Status() : base::Internal("the store cannot flush after an error");
}

base::Status NodeStore::Compact(tasks::TaskContext& task, Family family, std::string_view begin,
                                std::string_view end) {
  RETURN_IF_ERROR(task.Checkpoint());
  std::atomic<bool> cancelled{false};
  tasks::StopHook hook(task, cancelled);
  rocksdb::CompactRangeOptions options;
  options.canceled = &cancelled;
  options.exclusive_manual_compaction = false;
  options.allow_write_stall = true;
  const rocksdb::Slice first = ToSlice(begin), last = ToSlice(end);
  const rocksdb::Status status =
      impl_->db->CompactRange(options, impl_->handle(family), &first, &last);
  if (status.ok()) return {};
  RETURN_IF_ERROR(task.Checkpoint());
  return FromRocks(status, "cannot compact");
}

}  // namespace journal
