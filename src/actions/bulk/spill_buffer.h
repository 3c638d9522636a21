// actions/bulk/spill_buffer.h
//
// The bytes of a request that may be large: the first ones in memory, what goes beyond in a file
// that has no name, so that nothing is left of it after a crash. Appending never waits for the
// disk: what has to go to the file waits in a short backlog that another thread writes.
//
// Threads: Append(), full(), ClaimWriter() by one thread; WriteBacklog() on another one meanwhile;
// readers any, once nothing is appended any more and settled() is true.

#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace actions::bulk {

class SpillBuffer {
 public:
  static constexpr std::size_t kChunk = (64 << 10) - 1;  // 64 KiB with the string's terminator
  static constexpr std::size_t kBacklog = 16;            // chunks that may wait to be written
  static constexpr int kMostFiles = 128;  // of all buffers together; WriteBacklog(): 429

  struct Options {
    std::size_t memory_bytes = 8 << 20;  // of one buffer, its backlog included
    std::string directory;               // of the file; must exist
  };

  // `options` outlives the buffer.
  explicit SpillBuffer(const Options& options) : options_(options) {}
  ~SpillBuffer();
  SpillBuffer(const SpillBuffer&) = delete;
  SpillBuffer& operator=(const SpillBuffer&) = delete;

  void Append(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  std::size_t memory_bytes() const;

  // Nothing more should be appended until WriteBacklog() has returned.
  bool full() const;
  // True if somebody has to call WriteBacklog() and nobody has been told so yet.
  bool ClaimWriter();
  // Writes what waits now, so that buffers which share a thread take turns. After a failure, which
  // it keeps returning, the rest is dropped.
  base::Status WriteBacklog();
  // Nothing waits and nobody writes.
  bool settled() const;

 private:
  friend class SpillReader;

  std::size_t KeptChunks() const { return options_.memory_bytes / kChunk; }
  void PutAwayTail();
  base::Status OpenFile();
  base::Status OpenCounted();
  base::Status WriteOut(const std::string& chunk);

  const Options& options_;           // constant
  std::vector<std::string> memory_;  // the first chunks, full; the appender's
  std::string tail_;                 // the last one, not full; the appender's
  std::uint64_t size_ = 0;           // the appender's
  int fd_ = -1;                      // the writer's
  std::uint64_t written_ = 0;        // bytes in the file; the writer's
  mutable std::mutex mutex_;
  std::vector<std::string> backlog_;  // guarded by mutex_
  bool writing_ = false;              // guarded by mutex_
  base::Status failure_;              // guarded by mutex_
};

// Reads a settled buffer from front to back, or anywhere. Threads: one; several readers may read
// one buffer. Lifetime: within that of the buffer.
class SpillReader {
 public:
  explicit SpillReader(const SpillBuffer& buffer) : buffer_(buffer) {}

  // The bytes [offset, offset + size); valid until the next call. 500 if the file cannot be read.
  base::Result<std::string_view> Read(std::uint64_t offset, std::size_t size);
  base::Status AppendTo(std::uint64_t offset, std::size_t size, std::string& out);

 private:
  static constexpr std::size_t kWindow = 16 << 10;

  // What stands in one piece at `offset`, at most `size` bytes of it.
  base::Result<std::string_view> Piece(std::uint64_t offset, std::size_t size);

  const SpillBuffer& buffer_;
  std::string window_;               // of the file
  std::uint64_t window_offset_ = 0;  // in the buffer
  std::string joined_;               // what Read() had to put together
};

}  // namespace actions::bulk
