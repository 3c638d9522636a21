// test/support/logged_lines.h
//
// The messages that are logged while it lives, in order; they go nowhere else.
//
// Threads: any may log.

#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/json/tree.h"
#include "base/log.h"
#include "support/temp_dir.h"

namespace test {

class LoggedLines {
 public:
  LoggedLines() { (void)base::log::Init({.file = path_}); }
  ~LoggedLines() { (void)base::log::Init({}); }

  std::vector<std::string> messages() const {
    base::log::Flush();
    std::vector<std::string> messages;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      const auto parsed = base::json::Document::Parse(line);
      if (parsed.ok()) messages.emplace_back(parsed->root().Find("message")->text());
    }
    return messages;
  }

 private:
  const TempDir dir_;
  const std::string path_ = dir_.path() + "/log";
};

}  // namespace test
