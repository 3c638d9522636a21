#include "base/io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace base {
namespace {

Status IoError(std::string_view what, const std::string& path, int error) {
  const std::string reason =
      std::string(what) + " [" + path + "]: " + std::generic_category().message(error);
  if (error == ENOENT) return {404, "no_such_file_exception", reason};
  return {500, "i_o_exception", reason};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int OpenFile(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return IoError("cannot write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::string DirectoryOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Result<std::string> ReadFile(const std::string& path) {
  const Descriptor file(OpenFile(path, O_RDONLY));
  if (file.get() < 0) return IoError("cannot open", path, errno);
  std::string content;
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && info.st_size > 0) content.reserve(info.st_size);
  char page[16 * 1024];
  while (true) {
    const ssize_t got = ::read(file.get(), page, sizeof(page));
    if (got == 0) return content;
    if (got < 0 && errno != EINTR) return IoError("cannot read", path, errno);
    if (got > 0) content.append(page, static_cast<std::size_t>(got));
  }
}

Status WriteFileAtomically(const std::string& path, std::string_view content) {
  const std::string beside = path + ".tmp";
  {
    Descriptor file(OpenFile(beside, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    if (file.get() < 0) return IoError("cannot create", beside, errno);
    RETURN_IF_ERROR(WriteAll(file.get(), content, beside));
    if (::fsync(file.get()) != 0) return IoError("cannot sync", beside, errno);
    if (::close(file.Release()) != 0) return IoError("cannot close", beside, errno);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return IoError("cannot replace", path, errno);
  return SyncDirectory(DirectoryOf(path));
}

Status SyncDirectory(const std::string& path) {
  const Descriptor directory(OpenFile(path, O_RDONLY | O_DIRECTORY));
  if (directory.get() < 0) return IoError("cannot open directory", path, errno);
  if (::fsync(directory.get()) != 0) return IoError("cannot sync directory", path, errno);
  return {};
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return IoError("cannot create directory", path, error.value());
  return {};
}

Result<AppendFile> AppendFile::Open(const std::string& path) {
  const bool is_new = ::access(path.c_str(), F_OK) != 0;
  Descriptor file(OpenFile(path, O_WRONLY | O_CREAT | O_APPEND, 0644));
  if (file.get() < 0) return IoError("cannot open", path, errno);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return IoError("cannot measure", path, errno);
  if (is_new) RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
  return AppendFile(path, file.Release(), static_cast<std::uint64_t>(info.st_size));
}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

AppendFile::~AppendFile() { Close().Ignore(); }

Status AppendFile::Append(std::string_view bytes) {
  RETURN_IF_ERROR(WriteAll(fd_, bytes, path_));
  size_ += bytes.size();
  return {};
}

Status AppendFile::Sync() {
  if (::fdatasync(fd_) != 0) return IoError("cannot sync", path_, errno);
  return {};
}

Status AppendFile::TruncateTo(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    return IoError("cannot truncate", path_, errno);
  }
  size_ = size;
  return {};
}

Status AppendFile::Close() {
  if (fd_ < 0) return {};
  if (::close(std::exchange(fd_, -1)) != 0) return IoError("cannot close", path_, errno);
  return {};
}

}  // namespace base
