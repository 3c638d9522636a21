#include "journal/node_store.h"

#include "base/io.h"
#include "journal/internal/node_store_impl.h"

namespace journal {

using internal::FromRocks;
using internal::ToSlice;
using internal::ToView;

namespace {

class FrozenStore final : public NodeStore::Snapshot {
 public:
  explicit FrozenStore(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~FrozenStore() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

rocksdb::Status ReadOne(rocksdb::DB& db, const rocksdb::ReadOptions& options,
                        rocksdb::ColumnFamilyHandle* family, std::string_view key,
                        rocksdb::PinnableSlice& value, tasks::Uninterruptible) {
  return db.Get(options, family, ToSlice(key), &value);
}

rocksdb::ReadOptions At(const NodeStore::SnapshotPtr& at) {
  rocksdb::ReadOptions options;
  if (at) options.snapshot = static_cast<const FrozenStore&>(*at).get();
  return options;
}

constexpr std::string_view kNotInMemory = "not_in_memory_exception";

// A compaction begins only if its inputs' size fits in `bytes`. The limit proper, which would end
// flushes as well, is out of reach.
void LimitCompactions(rocksdb::SstFileManager& files, std::uint64_t bytes) {
  constexpr std::uint64_t kOutOfReach = std::uint64_t{1} << 50;
  files.SetCompactionBufferSize(kOutOfReach);
  files.SetMaxAllowedSpaceUsage(files.GetTotalSize() + bytes + kOutOfReach);
}

}  // namespace

NodeStore::Impl::~Impl() {
  recovery.reset();
  if (!db) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  db->Close().PermitUncheckedError();
}

NodeStore::NodeStore(std::unique_ptr<Impl> impl, DiskRoom* room)
    : room_(room), impl_(std::move(impl)) {
  impl_->committer = std::make_unique<Committer>(*this);
  // Safe: taken back before this ends.
  impl_->events->SetFilesObserver([this] { LookAtFiles(); });
  impl_->events->FilesChanged();
  if (room_ == nullptr) return;
  room_->TellCompactions(
      [manager = impl_->files](std::uint64_t bytes) { LimitCompactions(*manager, bytes); });
  room_->Look();
}

NodeStore::~NodeStore() {
  impl_->committer.reset();
  impl_->events->SetFilesObserver(nullptr);
  if (room_ != nullptr) room_->TellCompactions(nullptr);
}

base::Result<std::unique_ptr<NodeStore>> NodeStore::Open(Options options) {
  RETURN_IF_ERROR(base::MakeDirectories(options.path));
  auto impl = std::make_unique<Impl>();
  impl->events = std::make_shared<internal::StoreEvents>(options.room);
  rocksdb::DBOptions database = internal::DatabaseOptions(options, impl->events);
  impl->files.reset(rocksdb::NewSstFileManager(database.env, database.info_log));
  database.sst_file_manager = impl->files;
  if (options.room != nullptr) LimitCompactions(*impl->files, 0);  // until the room is known
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = internal::OpenDatabase(
      database, options.path, internal::FamilyDescriptors(options, impl->discarded), &impl->handles,
      &db);
  impl->db.reset(db);
  if (!status.ok()) return FromRocks(status, "cannot open the store at [" + options.path + "]");
  for (std::size_t i = 0; i < internal::kFamilies; ++i) {
    const Family family{static_cast<std::uint8_t>(i)};
    if (impl->handle(family)->GetID() != internal::NumberOf(family)->GetID()) {
      return base::Internal("the store at [" + options.path + "] has foreign column families");
    }
  }
  impl->recovery = std::make_unique<internal::StoreRecovery>(
      *impl->db, impl->handles.front(), *impl->events, std::move(options.make_room),
      impl->lost_entries, options.prepare_resuming_after);
  return std::unique_ptr<NodeStore>(new NodeStore(std::move(impl), options.room));
}

base::Result<std::optional<std::string>> NodeStore::Get(Family family, std::string_view key,
                                                        const SnapshotPtr& at,
                                                        ReadTier tier) const {
  rocksdb::PinnableSlice value;
  rocksdb::ReadOptions options = At(at);
  if (tier == ReadTier::kMemory) options.read_tier = rocksdb::kBlockCacheTier;
  const rocksdb::Status status =
      ReadOne(*impl_->db, options, impl_->handle(family), key, value,
              tasks::Uninterruptible{"the read of one document of at most 10 MB, which may come "
                                     "from a cold disk; 10 ms"});
  if (status.IsNotFound()) return std::optional<std::string>();
  // Of a file that is not open RocksDB says that the key may be there: OK, and no value.
  const bool too_far =
      status.IsIncomplete() || (status.ok() && (value.empty() || value.size() > kSmallBytes));
  if (too_far && tier == ReadTier::kMemory) return NotInMemory();
  if (!status.ok()) return FromRocks(status, "cannot read");
  return std::optional(std::string(ToView(value)));
}

base::Status NodeStore::NotInMemory() {
  return base::Status(503, kNotInMemory, "what is asked for has to be read from the disk");
}

bool NodeStore::IsNotInMemory(const base::Status& status) { return status.type() == kNotInMemory; }

Committer& NodeStore::committer() { return *impl_->committer; }

base::Status NodeStore::Scan(
    Family family, std::string_view begin, std::string_view end,
    const std::function<bool(std::string_view key, std::string_view value)>& visit,
    const SnapshotPtr& at) const {
  rocksdb::ReadOptions options = At(at);
  const rocksdb::Slice bound = ToSlice(end);
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(
      impl_->db->NewIterator(options, impl_->handle(family)));
  for (it->Seek(ToSlice(begin)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()), ToView(it->value()))) return {};
  }
  return it->status().ok() ? base::Status() : FromRocks(it->status(), "cannot read");
}

base::Result<std::optional<std::pair<std::string, std::string>>> NodeStore::Last(
    Family family, std::string_view begin, std::string_view end) const {
  rocksdb::ReadOptions options;
  const rocksdb::Slice bound = ToSlice(end);
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(
      impl_->db->NewIterator(options, impl_->handle(family)));
  it->SeekToLast();
  if (!it->status().ok()) return FromRocks(it->status(), "cannot read");
  std::optional<std::pair<std::string, std::string>> last;
  if (it->Valid() && ToView(it->key()) >= begin)
    last.emplace(ToView(it->key()), ToView(it->value()));
  return last;
}

NodeStore::SnapshotPtr NodeStore::Freeze() const {
  return std::make_shared<FrozenStore>(*impl_->db);
}

base::Status NodeStore::Sync() {
  const rocksdb::Status status = impl_->db->SyncWAL();
  return status.ok() ? base::Status() : FromRocks(status, "cannot sync");
}

void NodeStore::SetBackgroundObserver(std::function<void(const BackgroundRun&)> observer) {
  impl_->events->SetObserver(std::move(observer));
}

NodeStore::Stats NodeStore::stats() const {
  const auto sum = [this](const std::string& property) {
    std::uint64_t value = 0;
    impl_->db->GetAggregatedIntProperty(property, &value);
    return value;
  };
  return {.disk_bytes = sum(rocksdb::DB::Properties::kTotalSstFilesSize),
          .memtable_bytes = sum(rocksdb::DB::Properties::kSizeAllMemTables),
          .wal_synced = impl_->synced.load(std::memory_order_relaxed),
          .writes = impl_->writes.load(std::memory_order_relaxed),
          .stalls = impl_->stalls.load(std::memory_order_relaxed),
          .discards = impl_->discarded->added()};
}

std::uint64_t NodeStore::RangeBytes(std::string_view begin, std::string_view end) const {
  const rocksdb::Range range(ToSlice(begin), ToSlice(end));
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  std::uint64_t total = 0;
  for (const Family family : {Family::kDocs, Family::kIds, Family::kLog, Family::kMeta}) {
    std::uint64_t bytes = 0;
    impl_->db->GetApproximateSizes(options, impl_->handle(family), &range, 1, &bytes)
        .PermitUncheckedError();
    total += bytes;
  }
  return total;
}

}  // namespace journal
