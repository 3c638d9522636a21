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

namespace journal {

struct DiskSpace {
  std::uint64_t total = 0, available = 0;  // bytes; both 0: unknown
};

class DiskRoom {
 public:
  struct Options {
    std::string directory;
    // The most that the store's flushes want; compactions leave it.
    std::uint64_t reserve_bytes = 0;
    // With less than this no document is written, so that compactions find room. At least the
    // above.
    std::uint64_t document_bytes = 0;
    std::uint64_t ballast_bytes = 0;            // 0: there is none
    std::function<DiskSpace()> look = nullptr;  // else that of `directory`
  };
  // So many bytes may be written between two looks.
  static constexpr std::uint64_t kLookEvery = 1 << 20;

  explicit DiskRoom(Options options);

  // The disk of `directory`; unknown if it cannot be asked.
  static DiskSpace SpaceOf(const std::string& directory);

  // Below so many available bytes, or those of the options, no documents are written.
  void SetFloodBytes(std::uint64_t bytes);
  // Compactions find no room, so there is none for documents, whatever the disk says.
  void SetStarved(bool starved);
  // Documents are not written; deletions are.
  bool full() const { return full_.load(std::memory_order_acquire); }

  DiskSpace Look();
  // Looks if so much has been written since the last look.
  void Wrote(std::uint64_t bytes) {
    if (unseen_.fetch_add(bytes, std::memory_order_relaxed) + bytes >= kLookEvery) Look();
  }
  // Called after each look with the bytes that compactions may take; null: nobody.
  void TellCompactions(std::function<void(std::uint64_t)> listener);

  // Gives the ballast's room to whoever writes next. Look() makes it again once there is room.
  void ReleaseBallast();
  bool holds_ballast() const;

 private:
  void MakeBallast(std::uint64_t available);  // needs mutex_
  std::string ballast() const { return options_.directory + "/ballast"; }

  const Options options_;
  std::atomic<bool> full_{false};
  std::atomic<std::uint64_t> unseen_{0};  // a counter
  mutable std::mutex mutex_;
  std::uint64_t flood_bytes_ = 0;                   // guarded by mutex_
  bool starved_ = false;                            // guarded by mutex_
  bool holds_ballast_ = false;                      // guarded by mutex_
  std::function<void(std::uint64_t)> compactions_;  // guarded by mutex_
};

}  // namespace journal
