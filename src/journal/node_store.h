// journal/node_store.h
//
// The node's RocksDB: one database, one WAL, one group commit for all shards and, on a single node,
// for the cluster's metadata. Keys of a shard begin with its 8-byte big-endian ShardKey, so an
// index is dropped by range.
//
// Lifetime: made by server/, outlives the shards. Threads: any. No rocksdb header leaks from here.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tasks/task_context.h"

namespace journal {

// kDocs: seq_no -> operation. kIds: _id -> where its newest operation is. kLog: record heads.
// kMeta: everything small, incl. the embedded cluster metadata.
enum class Family : std::uint8_t { kDocs, kIds, kLog, kMeta };

enum class Durability : bool { kAsync, kSynced };

class NodeStore {
 public:
  struct Options {
    std::string path;
    std::size_t write_buffer_bytes = 32 << 20;
    std::size_t block_cache_bytes = 64 << 20;
    int max_open_files = 512;  // tables that are kept open
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
    void DeleteRange(Family family, std::string_view begin, std::string_view end);
    std::size_t bytes() const;
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
  // is Cancelled. A failure after the write began is kOutcomeUnknown.
  base::Status Write(tasks::TaskContext& task, Batch& batch, Durability durability);
  // The same in two steps, for work that must not wait while it is sealed: begins nothing and says
  // IsNoRoom() when the store is behind with its flushes and compactions.
  base::Status WriteIfRoom(Batch& batch, Durability durability);
  static bool IsNoRoom(const base::Status& status);
  base::Status WaitForRoom(tasks::TaskContext& task);
  // For the node itself, at start and stop.
  base::Status WriteNow(Batch& batch, Durability durability);

  base::Result<std::optional<std::string>> Get(Family family, std::string_view key,
                                               const SnapshotPtr& at = nullptr) const;
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
    std::uint64_t stalls;  // how often a write found no room
  };
  Stats stats() const;
  std::uint64_t RangeBytes(std::string_view begin, std::string_view end) const;  // on disk, about

 private:
  struct Impl;
  explicit NodeStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace journal
