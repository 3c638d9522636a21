// tasks/record/result_spool.h
//
// What tasks answered and nobody could store in time: one file a task in a directory of this node,
// so that GET /_tasks/{id} still finds it. At most so many files and bytes; the oldest give way.
//
// Lifetime: one a node, made by server/. Threads: any; each call does file I/O, Put() syncs.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "tasks/task_types.h"

namespace tasks {

class ResultSpool {
 public:
  struct Options {
    std::string directory;
    std::size_t max_files = 1000;
    std::size_t max_bytes = 64 << 20;
  };

  // Makes the directory if there is none; takes over what an earlier run left.
  static base::Result<std::unique_ptr<ResultSpool>> Open(Options options);

  // Replaces an earlier one. 400 if it alone is above max_bytes.
  base::Status Put(const TaskId& task, std::string_view result);
  // 404 if there is none.
  base::Result<std::string> Find(const TaskId& task) const;

 private:
  struct File {
    std::string name;
    std::size_t bytes;
  };

  explicit ResultSpool(Options options) : options_(std::move(options)) {}
  std::string Path(const std::string& name) const { return options_.directory + "/" + name; }
  void Note(File file);  // needs mutex_

  const Options options_;  // constant
  mutable std::mutex mutex_;
  std::deque<File> files_;  // guarded by mutex_; oldest first
  std::size_t bytes_ = 0;   // guarded by mutex_
};

}  // namespace tasks
