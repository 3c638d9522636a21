// server/data_directory.h
//
// The directory a node owns: locked while it runs, with the node's lasting id.
//
// Lifetime: held by the process from before the store opens until after it closed.

#pragma once

#include <string>

#include "base/result.h"

namespace server {

class DataDirectory {
 public:
  // Makes it if there is none. 500 if another process has it.
  static base::Result<DataDirectory> Open(const std::string& path);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  const std::string& node_id() const { return node_id_; }

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  std::string node_id_;
  int lock_ = -1;
};

}  // namespace server
