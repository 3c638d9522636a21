// journal/disk_room.h
//
// How much room the disk under the data directory has, and what follows from it for this node:
// whether documents are written, how much a compaction may take, whether the ballast is held. The
// ballast is a file that keeps room for deletions, for the store to resume, and for a start.
//
// Lifetime: made by server/ before the store, outlives it. Threads: any.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/log/throttle.h"

namespace journal {

struct DiskSpace {
  std::uint64_t total = 0, available = 0;  // bytes; both 0: unknown
};

class DiskRoom {
 public:
  struct Options {
    std::string directory;
    // What flushes want, and deletions until they make room: compactions leave it.
    std::uint64_t reserve_bytes = 0;
    // What the largest ordinary compaction wants besides. With less than both no document is
    // written.
    std::uint64_t compaction_bytes = 0;
    // Of the reserve: with less than this nothing is deleted, either, so that no write fails.
    std::uint64_t last_bytes = 0;
    std::uint64_t ballast_bytes = 0;            // 0: there is none
    std::function<DiskSpace()> look = nullptr;  // else that of `directory`
  };
  // So many bytes may be written between two looks, at most.
  static constexpr std::uint64_t kLookEvery = 1 << 20;

  explicit DiskRoom(Options options);

  // The disk of `directory`; unknown if it cannot be asked.
  static DiskSpace SpaceOf(const std::string& directory);

  // Below so many available bytes, or those of the options, no documents are written.
  void SetFloodBytes(std::uint64_t bytes);
  // The next compaction wants so many bytes.
  void SetNextCompaction(std::uint64_t bytes);
  // Compactions find no room, so there is none for documents, whatever the disk says.
  void SetStarved(bool starved);
  // A compaction of so many bytes has begun or ended: what it may still write is spoken for.
  void CompactionBegan(std::uint64_t bytes);
  void CompactionEnded(std::uint64_t bytes);
  // Documents are not written; deletions are.
  bool full() const { return full_.load(std::memory_order_acquire); }
  // Deletions are not, either, until compactions have made room.
  bool exhausted() const { return exhausted_.load(std::memory_order_acquire); }

  // The next compaction finds no room, but for one that is under way: documents should wait.
  bool tight() const { return tight_.load(std::memory_order_acquire); }

  DiskSpace Look();
  // Looks if so much has been written since the last look.
  void Wrote(std::uint64_t bytes) {
    if (unseen_.fetch_add(bytes, std::memory_order_relaxed) + bytes >= look_every_) Look();
  }
  // Called after each look with the bytes that compactions may take; null: nobody.
  void TellCompactions(std::function<void(std::uint64_t)> listener);

  // Gives the ballast's room to whoever writes next. Look() makes it again once there is room.
  void ReleaseBallast();
  bool holds_ballast() const;

 private:
  std::uint64_t WantedBytes() const;          // needs mutex_
  void MakeBallast(std::uint64_t available);  // needs mutex_
  std::string ballast() const { return options_.directory + "/ballast"; }

  const Options options_;
  const std::uint64_t look_every_;
  std::atomic<bool> full_{false}, exhausted_{false}, tight_{false};
  std::atomic<std::uint64_t> unseen_{0};  // a counter
  mutable std::mutex mutex_;
  std::uint64_t flood_bytes_ = 0;            // guarded by mutex_
  std::uint64_t compacting_bytes_ = 0;       // guarded by mutex_
  std::uint64_t next_compaction_bytes_ = 0;  // guarded by mutex_
  bool starved_ = false;                     // guarded by mutex_
  bool holds_ballast_ = false;               // guarded by mutex_
  base::log::LogThrottle releases_{base::Clock::System()};
  std::function<void(std::uint64_t)> compactions_;  // guarded by mutex_
};

}  // namespace journal
