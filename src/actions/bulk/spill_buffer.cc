#include "actions/bulk/spill_buffer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace actions::bulk {

namespace {

base::Status IoError(const char* what) {
  if (errno == ENOSPC) return base::Rejected("the disk has no room for the body of the request");
  return base::Status(500, "i_o_exception",
                      std::string("cannot ") + what + " the buffer file: " + std::strerror(errno));
}

std::atomic<int> files = 0;  // open now, of all buffers

}  // namespace

SpillBuffer::~SpillBuffer() {
  if (fd_ < 0) return;
  ::close(fd_);
  --files;
}

void SpillBuffer::Append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t take = std::min(bytes.size(), kChunk - tail_.size());
    if (const std::size_t need = tail_.size() + take; need > tail_.capacity()) {
      tail_.reserve(std::min(kChunk, std::max(need, 2 * tail_.capacity())));
    }
    tail_.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    if (tail_.size() == kChunk) PutAwayTail();
  }
}

void SpillBuffer::PutAwayTail() {
  if (memory_.size() + kBacklog + 1 < KeptChunks()) {
    memory_.push_back(std::move(tail_));
  } else {
    std::lock_guard lock(mutex_);
    if (failure_.ok()) backlog_.push_back(std::move(tail_));
  }
  tail_ = std::string();
}

std::size_t SpillBuffer::memory_bytes() const {
  std::lock_guard lock(mutex_);
  return (memory_.size() + backlog_.size()) * kChunk + tail_.capacity();
}

bool SpillBuffer::full() const {
  std::lock_guard lock(mutex_);
  return backlog_.size() >= kBacklog;
}

bool SpillBuffer::ClaimWriter() {
  std::lock_guard lock(mutex_);
  if (backlog_.empty() || writing_) return false;
  return writing_ = true;
}

bool SpillBuffer::settled() const {
  std::lock_guard lock(mutex_);
  return backlog_.empty() && !writing_;
}

base::Status SpillBuffer::WriteBacklog() {
  std::unique_lock lock(mutex_);
  for (std::size_t left = backlog_.size(); left > 0 && !backlog_.empty(); --left) {
    const std::string chunk = std::move(backlog_.front());  // its place stays until it is written
    lock.unlock();
    base::Status status = WriteOut(chunk);
    lock.lock();
    failure_.Update(std::move(status));
    backlog_.erase(backlog_.begin(), failure_.ok() ? backlog_.begin() + 1 : backlog_.end());
  }
  writing_ = false;
  return failure_;
}

base::Status SpillBuffer::OpenFile() {
  if (++files > kMostFiles) {
    --files;
    return base::Rejected("[" + std::to_string(kMostFiles) +
                          "] large request bodies are being kept in files, as many as may be");
  }
  base::Status opened = OpenCounted();
  if (!opened.ok()) --files;
  return opened;
}

base::Status SpillBuffer::OpenCounted() {
  fd_ = ::open(options_.directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd_ >= 0) return {};
  std::string name = options_.directory + "/bulk-XXXXXX";  // a file system without O_TMPFILE
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) return IoError("make");
  ::unlink(name.c_str());
  return {};
}

base::Status SpillBuffer::WriteOut(const std::string& chunk) {
  if (fd_ < 0) RETURN_IF_ERROR(OpenFile());
  for (std::size_t done = 0; done < chunk.size();) {
    const ssize_t n = ::pwrite(fd_, chunk.data() + done, chunk.size() - done,
                               static_cast<off_t>(written_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError("write");
    done += static_cast<std::size_t>(n);
  }
  written_ += chunk.size();
  return {};
}

base::Result<std::string_view> SpillReader::Piece(std::uint64_t offset, std::size_t size) {
  const std::uint64_t in_memory = buffer_.memory_.size() * SpillBuffer::kChunk;
  const std::uint64_t tail_begin = buffer_.size_ - buffer_.tail_.size();
  if (offset < in_memory) {
    const std::string& chunk = buffer_.memory_[offset / SpillBuffer::kChunk];
    return std::string_view(chunk).substr(offset % SpillBuffer::kChunk, size);
  }
  if (offset >= tail_begin) {
    return std::string_view(buffer_.tail_).substr(offset - tail_begin, size);
  }
  if (offset < window_offset_ || offset >= window_offset_ + window_.size()) {
    window_.resize(std::min<std::uint64_t>(kWindow, tail_begin - offset));
    window_offset_ = offset;
    for (std::size_t done = 0; done < window_.size();) {
      const ssize_t n = ::pread(buffer_.fd_, window_.data() + done, window_.size() - done,
                                static_cast<off_t>(offset - in_memory + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        window_.clear();
        return IoError("read");
      }
      done += static_cast<std::size_t>(n);
    }
  }
  return std::string_view(window_).substr(offset - window_offset_, size);
}

base::Result<std::string_view> SpillReader::Read(std::uint64_t offset, std::size_t size) {
  ASSIGN_OR_RETURN(const std::string_view piece, Piece(offset, size));
  if (piece.size() == size) return piece;
  joined_.clear();
  RETURN_IF_ERROR(AppendTo(offset, size, joined_));
  return std::string_view(joined_);
}

base::Status SpillReader::AppendTo(std::uint64_t offset, std::size_t size, std::string& out) {
  while (size > 0) {
    ASSIGN_OR_RETURN(const std::string_view piece, Piece(offset, size));
    if (piece.empty()) return base::Internal("a read beyond the end of a request's body");
    out.append(piece);
    offset += piece.size();
    size -= piece.size();
  }
  return {};
}

}  // namespace actions::bulk
