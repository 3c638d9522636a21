// journal/node_store.h
//
// The node's RocksDB: one database, one WAL, one group commit for all shards and, on a single node,
// for the cluster's metadata. Keys of a shard begin with its 8-byte big-endian ShardKey, so an
// index is dropped by range.
//
// Lifetime: made by server/, outlives the shards. Threads: any. No rocksdb header leaks from here.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/disk_room.h"
#include "tasks/task_context.h"

namespace rocksdb {
class Env;
}

namespace journal {

// kDocs: seq_no -> operation. kIds: _id -> where its newest operation is. kLog: record heads.
// kMeta: everything small, incl. the embedded cluster metadata.
enum class Family : std::uint8_t { kDocs, kIds, kLog, kMeta };

enum class Durability : bool { kAsync, kSynced };

// How far a read may go: kMemory finds what is in memory, small and not empty, and else says
// NodeStore::IsNotInMemory(), so it may run on a thread that must not wait.
enum class ReadTier : bool { kMemory, kAll };

class Committer;

class NodeStore {
 public:
  struct Options {
    std::string path;
    std::size_t write_buffer_bytes = 32 << 20;
    std::size_t block_cache_bytes = 64 << 20;
    int max_open_files = 512;  // tables that are kept open
    // Runs before each attempt to resume after an error that may be for lack of room.
    std::function<void()> make_room = nullptr;
    // What resuming may need is prepared so long after the start, which it would slow down.
    std::chrono::milliseconds prepare_resuming_after{1000};
    DiskRoom* room = nullptr;     // of the disk it is on; outlives the store; null: there is enough
    rocksdb::Env* env = nullptr;  // for tests; outlives the store

    // What caches and buffers hold at most, those included that wait to be flushed.
    std::size_t MemoryBytes() const { return block_cache_bytes + 3 * write_buffer_bytes; }
  };

  // Effects gathered to be written at once, all or nothing.
  class Batch {
   public:
    explicit Batch(std::size_t reserve_bytes = 0);
    ~Batch();
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) noexcept;
    void Put(Family family, std::string_view key, std::string_view value);
    void Delete(Family family, std::string_view key);
    std::size_t bytes() const;
    bool empty() const;
    void Clear();

   private:
    friend class NodeStore;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

  // A frozen view of everything written before it. Must not outlive the store.
  class Snapshot {
   public:
    virtual ~Snapshot() = default;
  };
  using SnapshotPtr = std::shared_ptr<const Snapshot>;

  static base::Result<std::unique_ptr<NodeStore>> Open(Options options);
  ~NodeStore();

  // Waits for room (write stalls) with the task's stop token: nothing is begun then, and the status
  // is Cancelled. A failure after the write began is kOutcomeUnknown; one before it IsRefused().
  base::Status Write(tasks::TaskContext& task, Batch& batch, Durability durability);
  // The same in two steps, for work that must not wait while it is sealed: begins nothing and says
  // IsNoRoom() when the store is behind with its flushes and compactions, or resumes after an
  // error.
  base::Status WriteIfRoom(Batch& batch, Durability durability);
  static base::Status NoRoom();  // nothing was written; another attempt may succeed
  // The disk is full: documents are not written, deletions are.
  bool disk_is_full() const { return room_ != nullptr && room_->full(); }
  // Nor deletions.
  bool disk_is_exhausted() const { return room_ != nullptr && room_->exhausted(); }
  static bool IsNoRoom(const base::Status& status);
  // IsRefused() if the store cannot resume.
  base::Status WaitForRoom(tasks::TaskContext& task);
  // For the cluster's metadata and the node itself. Waits a few seconds for a store that resumes,
  // and then writes once more: the batch says the same when it is applied twice.
  base::Status WriteNow(Batch& batch, Durability durability);

  // By which the shards write.
  Committer& committer();

  // An error has stopped the writes, and the store cannot resume for now. It goes on trying.
  static bool IsRefused(const base::Status& status);
  // OK if the store takes writes; IsNoRoom() while it resumes; IsRefused() if it cannot.
  base::Status CheckWritable() const;
  // The same when it has resumed or failed to, after a few seconds at most.
  base::Status AwaitWritable() const;
  struct Trouble {
    std::string error;  // empty: none, writes are taken
    bool out_of_space = false;
  };
  Trouble trouble() const;
  // There may be room again: a store that waits for its next attempt to resume makes it now.
  void TryAgain();

  base::Result<std::optional<std::string>> Get(Family family, std::string_view key,
                                               const SnapshotPtr& at = nullptr,
                                               ReadTier tier = ReadTier::kAll) const;
  static constexpr std::size_t kSmallBytes = 64 << 10;  // what such a thread may copy
  static base::Status NotInMemory();
  static bool IsNotInMemory(const base::Status& status);
  // Visits [begin, end) in order until `visit` returns false.
  base::Status Scan(Family family, std::string_view begin, std::string_view end,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit,
                    const SnapshotPtr& at = nullptr) const;
  // The last entry in [begin, end).
  base::Result<std::optional<std::pair<std::string, std::string>>> Last(Family family,
                                                                        std::string_view begin,
                                                                        std::string_view end) const;
  SnapshotPtr Freeze() const;
  // Everything written before is durable when it returns, also what was written kAsync.
  base::Status Sync();

  // Memtables to disk; `task` may be stopped while it waits.
  base::Status Flush(tasks::TaskContext& task);
  // Compacts a range, which gives the room of what was deleted back; cancellable within
  // milliseconds.
  base::Status Compact(tasks::TaskContext& task, Family family, std::string_view begin,
                       std::string_view end);

  // Deletes the files that have nothing but documents, ids and log entries of [begin, end), which
  // needs no room. What else there is of them stays, older values among it that had been replaced.
  void DeleteFiles(std::string_view begin, std::string_view end);
  // For documents, ids and log entries that nobody reads or writes any more: those whose keys begin
  // with `prefix`, which has 8 bytes, and end before `end`. Their files are deleted at once; what
  // else there is of them is left out when it is flushed or compacted. It needs no room, and holds
  // until EndDiscard() or the end of the process.
  void Discard(std::string_view prefix, std::string_view end);
  void EndDiscard(std::string_view prefix);
  bool Discards(std::string_view prefix) const;
  // For who may write keys with `prefix`, as long as the token lives; the store outlives it.
  std::shared_ptr<const void> UseKeys(std::string_view prefix);
  bool InUse(std::string_view prefix) const;
  // To be called once a second, from one thread: if writes wait for compactions, and these find no
  // room, documents are refused, and deletions do not wait.
  void CheckCompactions();
  // Compacts the files that still have discarded keys.
  base::Status ReclaimDiscarded(tasks::TaskContext& task);
  // Flushes, and compacts everything, so that what has been deleted gives its room back. IsNoRoom()
  // if there is none even for small compactions.
  base::Status Reclaim(tasks::TaskContext& task);

  // Background runs of the store (flush, compaction) by name, called at their begin and end on the
  // store's threads: server/ shows them as background tasks.
  struct BackgroundRun {
    const char* kind;  // "flush", "compaction"
    std::uint64_t job;
    bool began;
  };
  void SetBackgroundObserver(std::function<void(const BackgroundRun&)> observer);

  struct Stats {
    std::uint64_t disk_bytes, memtable_bytes, wal_synced, writes;
    std::uint64_t stalls;    // how often a write found no room
    std::uint64_t discards;  // calls of Discard()
  };
  Stats stats() const;
  std::uint64_t RangeBytes(std::string_view begin, std::string_view end) const;  // on disk, about

 private:
  struct Impl;
  NodeStore(std::unique_ptr<Impl> impl, DiskRoom* room);
  void LookAtFiles();
  bool WaitsForCompactions() const;
  base::Result<bool> CompactInPieces(tasks::TaskContext& task, Family family);
  DiskRoom* const room_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace journal
