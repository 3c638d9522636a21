#include "journal/internal/node_store_impl.h"

namespace journal {

using internal::FromRocks;
using internal::NumberOf;
using internal::ToSlice;

namespace {

using internal::StoreEvents;

constexpr std::string_view kNoRoom = "store_has_no_room_exception";
constexpr std::string_view kRefused = "store_failed_exception";

// Resuming writes at most the memtables to disk.
constexpr std::chrono::seconds kResumes(5);

base::Status Refused(const StoreEvents& events) {
  return base::Status(503, kRefused,
                      "the store takes no writes after an error [" + events.why_refused() + "]; " +
                          std::string(events.remedy()));
}

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
std::size_t NodeStore::Batch::bytes() const { return impl_->batch.GetDataSize(); }
bool NodeStore::Batch::empty() const { return impl_->batch.Count() == 0; }
void NodeStore::Batch::Clear() { impl_->batch.Clear(); }

base::Status NodeStore::WriteIfRoom(Batch& batch, Durability durability) {
  RETURN_IF_ERROR(CheckWritable());
  const StoreEvents& events = *impl_->events;
  if (room_ != nullptr) room_->Wrote(batch.bytes());
  if (WaitsForCompactions()) {
    impl_->stalls.fetch_add(1, std::memory_order_relaxed);
    return NoRoom();
  }
  const std::uint64_t failures = events.write_failures();
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
    return NoRoom();
  }
  // An error that came before this write, of a flush, say, stopped it before it began.
  if (events.refuses_writes() && events.write_failures() == failures) return NoRoom();
  impl_->lost_entries.fetch_add(batch.impl_->batch.Count(), std::memory_order_acq_rel);
  impl_->events->OnRefusedWrite(status);
  return FromRocks(status, "cannot write").WithCode(base::Code::kOutcomeUnknown);
}

base::Status NodeStore::NoRoom() {
  return base::Status(503, kNoRoom, "the store has no room for a write just now");
}

bool NodeStore::IsNoRoom(const base::Status& status) { return status.type() == kNoRoom; }

base::Status NodeStore::WaitForRoom(tasks::TaskContext& task) {
  StoreEvents& events = *impl_->events;
  RETURN_IF_ERROR(events.WaitFor(task, "room in the store", [&] {
    events.GiveUpIfStuck();
    std::uint64_t stopped = 0;
    impl_->db->GetIntProperty(rocksdb::DB::Properties::kIsWriteStopped, &stopped);
    return events.refuses_writes() ? events.state() != StoreEvents::State::kRecovering
                                   : stopped == 0 && !WaitsForCompactions();
  }));
  return events.refuses_writes() ? Refused(events) : base::Status();
}

bool NodeStore::IsRefused(const base::Status& status) { return status.type() == kRefused; }

base::Status NodeStore::CheckWritable() const {
  const StoreEvents& events = *impl_->events;
  if (!events.refuses_writes()) [[likely]]
    return {};
  return events.state() == StoreEvents::State::kRecovering ? NoRoom() : Refused(events);
}

base::Status NodeStore::AwaitWritable() const {
  impl_->events->AwaitAttempt(
      std::chrono::steady_clock::now() + kResumes,
      tasks::Uninterruptible{"the wait, after an I/O error alone, until the store has resumed and "
                             "can say what became of a record; at most 5 s"});
  return impl_->events->refuses_writes() ? Refused(*impl_->events) : base::Status();
}

NodeStore::Trouble NodeStore::trouble() const {
  const StoreEvents& events = *impl_->events;
  if (!events.refuses_writes()) return {};
  return {.error = events.why_refused(), .out_of_space = events.out_of_space()};
}

void NodeStore::TryAgain() { impl_->events->Wake(); }

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
  for (bool again = false;; again = true) {
    RETURN_IF_ERROR(AwaitWritable());
    const rocksdb::Status status = WriteInGroup(
        *impl_->db, options, batch.impl_->batch,
        tasks::Uninterruptible{"the write of what the cluster knows of its indices, and its sync; "
                               "10 ms"});
    if (status.ok()) {
      impl_->writes.fetch_add(1, std::memory_order_relaxed);
      return {};
    }
    impl_->lost_entries.fetch_add(batch.impl_->batch.Count(), std::memory_order_acq_rel);
    impl_->events->OnRefusedWrite(status);
    if (again || !impl_->events->refuses_writes()) return FromRocks(status, "cannot write");
  }
}

base::Status NodeStore::Flush(tasks::TaskContext& task) {
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;  // else it waits in RocksDB, where no stop reaches it
  std::vector<rocksdb::ColumnFamilyHandle*> waiting(impl_->handles.begin() + 1,
                                                    impl_->handles.end());
  rocksdb::Status begun = rocksdb::Status::TryAgain();  // it refuses to begin during a stall
  RETURN_IF_ERROR(impl_->events->WaitFor(task, "flush", [&] {
    const bool refused = impl_->events->refuses_writes();  // a request would be in Resume()'s way
    if (begun.IsTryAgain() && !refused) begun = impl_->db->Flush(options, waiting);
    if (begun.IsTryAgain()) return refused;
    std::erase_if(waiting, [this](rocksdb::ColumnFamilyHandle* handle) {
      std::uint64_t memtables = 0;
      impl_->db->GetIntProperty(handle, rocksdb::DB::Properties::kNumImmutableMemTable, &memtables);
      return memtables == 0;
    });
    return !begun.ok() || waiting.empty() || refused;
  }));
  if (!begun.ok() && !begun.IsTryAgain()) return FromRocks(begun, "cannot flush");
  return waiting.empty() ? base::Status() : base::Internal("the store cannot flush after an error");
}

base::Status NodeStore::Compact(tasks::TaskContext& task, Family family, std::string_view begin,
                                std::string_view end) {
  RETURN_IF_ERROR(task.Checkpoint());
  if (impl_->events->refuses_writes()) return Refused(*impl_->events);  // it begins with a flush
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
  if (status.IsCompactionTooLarge()) return NoRoom();
  return FromRocks(status, "cannot compact");
}

}  // namespace journal
