// test/support/temp_dir.h
//
// A directory of its own for a test, gone with all it holds when this is. Threads: one.

#pragma once

#include <filesystem>
#include <string>

#include "base/ids.h"

class TempDir {
 public:
  TempDir()
      : path_((std::filesystem::temp_directory_path() / ("quell-" + base::RandomId())).string()) {
    std::filesystem::create_directories(path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};
