#include "server/internal/disk_space.h"

#include <algorithm>

#include "base/io.h"
#include "base/log.h"

namespace server {

namespace {

// Of the disk, at most, for the documents that are not yet in files.
constexpr std::uint64_t kShare = 256;
constexpr std::size_t kSmallestBuffer = 512 << 10;
// In such buffers. Flushes want two, for all memtables, and one for a log of writes. The largest
// compaction takes the first two levels: a dozen files of three quarters of a buffer, and eight.
constexpr std::uint64_t kFlushes = 3, kCompaction = 17;

}  // namespace

base::Result<std::unique_ptr<journal::DiskRoom>> PrepareDisk(const std::string& path,
                                                             journal::NodeStore::Options& store) {
  RETURN_IF_ERROR(base::MakeDirectories(path));
  const journal::DiskSpace space = journal::DiskRoom::SpaceOf(path);
  if (space.total > 0) {
    const std::size_t most = std::max<std::size_t>(space.total / kShare, kSmallestBuffer);
    store.write_buffer_bytes = std::min(store.write_buffer_bytes, most);
  }
  const std::uint64_t reserve = kFlushes * store.write_buffer_bytes;
  auto room = std::make_unique<journal::DiskRoom>(
      journal::DiskRoom::Options{.directory = path,
                                 .reserve_bytes = reserve,
                                 .document_bytes = reserve + kCompaction * store.write_buffer_bytes,
                                 .ballast_bytes = reserve});
  if (space.total > 0 && space.available < reserve) {
    base::log::Warn("disk", "the disk is full: the node serves reads and deletions",
                    {{"path", path}, {"available", space.available}, {"total", space.total}});
    room->ReleaseBallast();
  }
  store.room = room.get();
  store.make_room = [ballast = room.get()] { ballast->ReleaseBallast(); };
  return room;
}

}  // namespace server
