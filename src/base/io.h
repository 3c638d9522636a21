// base/io.h
//
// Small files: read whole, replaced so that a crash leaves the old or the new one, appended to and
// synced. Threads: functions any; an AppendFile one at a time.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace base {

// 404 `no_such_file_exception` if there is none, else 500 `i_o_exception`; the reason names path
// and cause.
Result<std::string> ReadFile(const std::string& path);

// Writes beside it, syncs, renames, syncs the directory: on return it lasts.
Status WriteFileAtomically(const std::string& path, std::string_view content);

Status SyncDirectory(const std::string& path);
// With all parents; fine if it is there.
Status MakeDirectories(const std::string& path);

class AppendFile {
 public:
  // Makes it if there is none (and syncs the directory then).
  static Result<AppendFile> Open(const std::string& path);

  AppendFile(AppendFile&& other) noexcept { *this = std::move(other); }
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  // After a failure the file may end in a part of `bytes`: TruncateTo(size()) takes it away.
  Status Append(std::string_view bytes);
  Status Sync();  // fdatasync
  Status TruncateTo(std::uint64_t size);
  // Closing by hand shows the error that the destructor must swallow.
  Status Close();

  // What Append() has accepted, the length at opening included.
  std::uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  AppendFile(std::string path, int fd, std::uint64_t size)
      : path_(std::move(path)), fd_(fd), size_(size) {}

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace base
