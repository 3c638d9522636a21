#include "server/internal/disk_space.h"

#include <algorithm>

#include "base/io.h"
#include "base/log.h"

namespace server {

namespace {

// Of the disk, at most, for the documents that are not yet in files.
constexpr std::uint64_t kShare = 512;
constexpr std::size_t kSmallestBuffer = 256 << 10;
// In such buffers. Flushes want two, for all memtables, and two for the logs of writes. The largest
// compaction takes the first two levels: two dozen files of three quarters of a buffer, and a dozen
// buffers. Deletions write files, too, until one has made room: six.
constexpr std::uint64_t kFlushes = 4, kCompaction = 18 + 12, kDeletions = 6;
// A start makes a new log of writes and flushes what the old one holds; deletions follow.
constexpr std::uint64_t kBallast = 8;

}  // namespace

base::Result<std::unique_ptr<journal::DiskRoom>> PrepareDisk(const std::string& path,
                                                             journal::NodeStore::Options& store) {
  RETURN_IF_ERROR(base::MakeDirectories(path));
  const journal::DiskSpace space = journal::DiskRoom::SpaceOf(path);
  if (space.total > 0) {
    const std::size_t most = std::max<std::size_t>(space.total / kShare, kSmallestBuffer);
    store.write_buffer_bytes = std::min(store.write_buffer_bytes, most);
  }
  const std::uint64_t buffer = store.write_buffer_bytes, ballast = kBallast * buffer;
  auto room = std::make_unique<journal::DiskRoom>(
      journal::DiskRoom::Options{.directory = path,
                                 .reserve_bytes = (kFlushes + kDeletions) * buffer,
                                 .compaction_bytes = kCompaction * buffer,
                                 .last_bytes = kFlushes * buffer,
                                 .ballast_bytes = ballast});
  if (space.total > 0 && space.available < ballast) {
    base::log::Warn("disk", "the disk is full: no documents are written until there is room",
                    {{"path", path}, {"available", space.available}, {"total", space.total}});
    room->ReleaseBallast();
    store.prepare_resuming_after = store.prepare_resuming_after.zero();  // an error may be near
  }
  store.room = room.get();
  store.make_room = [held = room.get()] { held->ReleaseBallast(); };
  return room;
}

}  // namespace server
