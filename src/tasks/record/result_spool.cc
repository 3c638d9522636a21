#include "tasks/record/result_spool.h"

#include <algorithm>
#include <filesystem>

#include "base/io.h"
#include "base/text/strings.h"

namespace tasks {

namespace fs = std::filesystem;
using base::Result;
using base::Status;

namespace {

std::string NameOf(const TaskId& task) {
  return base::PercentEncode(task.node) + "." + std::to_string(task.number) + ".json";
}

}  // namespace

Result<std::unique_ptr<ResultSpool>> ResultSpool::Open(Options options) {
  RETURN_IF_ERROR(base::MakeDirectories(options.directory));
  std::unique_ptr<ResultSpool> spool(new ResultSpool(std::move(options)));
  std::vector<std::pair<fs::file_time_type, File>> found;
  std::error_code error;
  for (fs::directory_iterator entry(spool->options_.directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".json") continue;
    std::error_code gone;
    const fs::file_time_type written = entry->last_write_time(gone);
    const std::uintmax_t bytes = entry->file_size(gone);
    if (!gone) found.push_back({written, {entry->path().filename().string(), bytes}});
  }
  if (error)
    return base::Internal("cannot list [" + spool->options_.directory + "]: " + error.message());
  std::ranges::sort(found, {}, [](const auto& file) { return file.first; });
  std::lock_guard lock(spool->mutex_);
  for (auto& [written, file] : found) spool->Note(std::move(file));
  return spool;
}

Status ResultSpool::Put(const TaskId& task, std::string_view result) {
  if (result.size() > options_.max_bytes)
    return base::IllegalArgument("the result of [" + task.ToString() + "] is too large to keep");
  const std::string name = NameOf(task);
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(base::WriteFileAtomically(Path(name), result));
  Note({name, result.size()});
  return {};
}

Result<std::string> ResultSpool::Find(const TaskId& task) const {
  return base::ReadFile(Path(NameOf(task)));
}

void ResultSpool::Note(File file) {
  std::erase_if(files_, [&](const File& old) {
    if (old.name != file.name) return false;
    bytes_ -= old.bytes;
    return true;
  });
  bytes_ += file.bytes;
  files_.push_back(std::move(file));
  while (files_.size() > options_.max_files || bytes_ > options_.max_bytes) {
    std::error_code gone_already;
    fs::remove(Path(files_.front().name), gone_already);
    bytes_ -= files_.front().bytes;
    files_.pop_front();
  }
}

}  // namespace tasks
