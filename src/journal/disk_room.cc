#include "journal/disk_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace journal {

namespace {

// A small disk has a small reserve, which must not be written between two looks.
std::uint64_t LookEvery(std::uint64_t reserve_bytes) {
  constexpr std::uint64_t kLooksPerReserve = 16;
  return reserve_bytes == 0 ? DiskRoom::kLookEvery
                            : std::min(DiskRoom::kLookEvery, reserve_bytes / kLooksPerReserve);
}

}  // namespace

// One of another size is left from another disk, or from a process that died while it made it.
DiskRoom::DiskRoom(Options options)
    : options_(std::move(options)), look_every_(LookEvery(options_.reserve_bytes)) {
  struct stat file{};
  if (stat(ballast().c_str(), &file) != 0) return;
  holds_ballast_ = static_cast<std::uint64_t>(file.st_size) == options_.ballast_bytes;
  if (!holds_ballast_) unlink(ballast().c_str());
}

DiskSpace DiskRoom::SpaceOf(const std::string& directory) {
  struct statvfs disk{};
  if (statvfs(directory.c_str(), &disk) != 0) return {};
  const std::uint64_t block = disk.f_frsize;
  return {.total = disk.f_blocks * block, .available = disk.f_bavail * block};
}

void DiskRoom::SetFloodBytes(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  flood_bytes_ = bytes;
}

void DiskRoom::SetNextCompaction(std::uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    next_compaction_bytes_ = bytes;
  }
  Look();
}

void DiskRoom::SetStarved(bool starved) {
  {
    std::lock_guard lock(mutex_);
    starved_ = starved;
    if (starved) full_.store(true, std::memory_order_release);
  }
  Look();
}

void DiskRoom::CompactionBegan(std::uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    compacting_bytes_ += bytes;
  }
  Look();
}

void DiskRoom::CompactionEnded(std::uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    compacting_bytes_ -= bytes;
  }
  Look();
}

// A compaction that began with room for it must not lose it to documents.
std::uint64_t DiskRoom::WantedBytes() const {
  return std::max(flood_bytes_,
                  options_.reserve_bytes + std::max(options_.compaction_bytes, compacting_bytes_));
}

DiskSpace DiskRoom::Look() {
  unseen_.store(0, std::memory_order_relaxed);
  const DiskSpace space = options_.look ? options_.look() : SpaceOf(options_.directory);
  if (space.total == 0) return space;
  std::lock_guard lock(mutex_);
  MakeBallast(space.available);
  full_.store(starved_ || space.available < WantedBytes(), std::memory_order_release);
  exhausted_.store(space.available < options_.last_bytes, std::memory_order_release);
  tight_.store(space.available < options_.reserve_bytes + next_compaction_bytes_,
               std::memory_order_release);
  const std::uint64_t spare = space.available - std::min(space.available, options_.reserve_bytes);
  if (compactions_) compactions_(spare);
  return space;
}

// Not before there is room for it above everything that would make the disk full again.
void DiskRoom::MakeBallast(std::uint64_t available) {
  if (holds_ballast_ || options_.ballast_bytes == 0 ||
      available < WantedBytes() + 2 * options_.ballast_bytes) {
    return;
  }
  const int file = open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  // Where the file system cannot do that at once there is none: a start must not write it.
  const bool made = fallocate(file, 0, 0, static_cast<off_t>(options_.ballast_bytes)) == 0;
  close(file);
  if (!made) unlink(ballast().c_str());
  holds_ballast_ = made;
}

void DiskRoom::ReleaseBallast() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(holds_ballast_, false)) return;
  unlink(ballast().c_str());
  const auto kept_back = releases_.Pass();
  if (!kept_back) return;
  base::log::Warn(
      "disk", "the disk is full, the ballast was released",
      {{"path", options_.directory}, {"bytes", options_.ballast_bytes}, {"kept_back", *kept_back}});
}

bool DiskRoom::holds_ballast() const {
  std::lock_guard lock(mutex_);
  return holds_ballast_;
}

void DiskRoom::TellCompactions(std::function<void(std::uint64_t)> listener) {
  std::lock_guard lock(mutex_);
  compactions_ = std::move(listener);
}

}  // namespace journal
