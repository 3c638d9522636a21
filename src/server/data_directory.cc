#include "server/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/ids.h"
#include "base/io.h"

namespace server {

using base::Result;

Result<DataDirectory> DataDirectory::Open(const std::string& path) {
  RETURN_IF_ERROR(base::MakeDirectories(path));
  const std::string lock_path = path + "/node.lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return base::Internal("cannot open [" + lock_path + "]: " + std::strerror(errno));
  DataDirectory directory(path, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0)
    return base::Internal("another node runs on [" + path +
                          "]: stop it, or choose another path.data");

  // What a crash left of spilled request bodies.
  std::error_code ignored;
  std::filesystem::remove_all(path + "/tmp", ignored);
  RETURN_IF_ERROR(base::MakeDirectories(path + "/tmp"));

  const std::string id_path = path + "/node.id";
  Result<std::string> id = base::ReadFile(id_path);
  if (id.ok()) {
    directory.node_id_ = *std::move(id);
  } else if (id.status().http_status() == 404) {
    directory.node_id_ = base::RandomId();
    RETURN_IF_ERROR(base::WriteFileAtomically(id_path, directory.node_id_));
  } else {
    return id.status();
  }
  return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), node_id_(std::move(other.node_id_)), lock_(other.lock_) {
  other.lock_ = -1;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace server
