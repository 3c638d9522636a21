#include "tasks/record/history.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/log/state_throttle.h"
#include "tasks/record/task_info_json.h"

namespace tasks {

namespace {

constexpr std::int64_t kLongRunNanos = 1'000'000'000;
constexpr std::chrono::seconds kWriteEvery(1);

std::int64_t EndedAt(const TaskInfo& info) {
  return info.start_time_millis + info.running_nanos / 1'000'000;
}

// About what it takes in memory and in the file.
std::size_t Weight(const TaskInfo& info) {
  std::size_t bytes = 512 + info.action.size() + info.error.size();
  if (info.description) bytes += info.description->size();
  if (info.status) bytes += info.status->size();
  if (info.stop) bytes += info.stop->reason.size() + info.stop->by.size();
  return bytes;
}

}  // namespace

struct History::Impl {
  using Entry = std::shared_ptr<const TaskInfo>;

  Impl(Options chosen, const base::Clock& time) : options(std::move(chosen)), clock(time) {}

  void Load();
  void Keep(Entry entry);  // needs mutex
  void Trim();             // needs mutex
  void Run(const std::stop_token& stop);
  void Write(const std::vector<Entry>& batch);
  base::Status Append(const std::vector<Entry>& batch);
  base::Status Rewrite();
  std::vector<Entry> Snapshot() const;

  const Options options;
  const base::Clock& clock;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Entry> entries;             // guarded by mutex; oldest first
  std::size_t bytes = 0;                 // guarded by mutex
  std::vector<Entry> unwritten;          // guarded by mutex
  std::uint64_t added = 0, written = 0;  // guarded by mutex
  bool hurry = false;                    // guarded by mutex; somebody waits for the file
  std::optional<base::AppendFile> file;  // the writer's, after Load()
  std::size_t lines = 0;                 // likewise
  bool incomplete = false;               // likewise: it lacks what could not be written
  base::log::StateThrottle<bool> fails{clock, false};  // likewise
  std::jthread writer;                                 // last
};

void History::Impl::Load() {
  const auto in_memory_only = [](const base::Status& why) {
    base::log::Error("tasks", "history is kept in memory only", {{"error", why}});
  };
  const auto content = base::ReadFile(options.path);
  // What cannot be read is left as it is: somebody may mend it.
  if (!content.ok() && content.status().http_status() != 404)
    return in_memory_only(content.status());
  std::size_t whole = 0;
  if (content.ok()) {
    for (std::size_t end; (end = content->find('\n', whole)) != std::string::npos;
         whole = end + 1) {
      ++lines;
      auto info = ReadTaskInfo(std::string_view(*content).substr(whole, end - whole));
      if (info.ok()) Keep(std::make_shared<const TaskInfo>(*std::move(info)));
    }
  }
  auto opened = base::AppendFile::Open(options.path);
  base::Status status = opened.status();
  if (opened.ok() && opened->size() > whole) status = opened->TruncateTo(whole);  // a torn line
  if (!status.ok()) return in_memory_only(status);
  file.emplace(*std::move(opened));
}

void History::Impl::Keep(Entry entry) {
  bytes += Weight(*entry);
  entries.push_back(std::move(entry));
  Trim();
}

void History::Impl::Trim() {
  const std::int64_t oldest = clock.WallMillis() - options.max_age_millis;
  while (!entries.empty() && (entries.size() > options.max_entries || bytes > options.max_bytes ||
                              EndedAt(*entries.front()) < oldest)) {
    bytes -= Weight(*entries.front());
    entries.pop_front();
  }
}

void History::Impl::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "history");
  std::unique_lock lock(mutex);
  while (!stop.stop_requested() || !unwritten.empty()) {
    changed.wait(lock, stop, [this] { return !unwritten.empty(); });
    changed.wait_for(lock, stop, kWriteEvery, [this] { return hurry; });
    std::vector<Entry> batch;
    batch.swap(unwritten);
    hurry = false;
    lock.unlock();
    Write(batch);
    lock.lock();
    written += batch.size();
    changed.notify_all();
  }
}

void History::Impl::Write(const std::vector<Entry>& batch) {
  if (!file || batch.empty()) return;
  base::Status status = Append(batch);
  if (status.ok() && (incomplete || lines > 2 * Snapshot().size() + 100)) status = Rewrite();
  incomplete = !status.ok();
  if (!fails.Pass(!status.ok())) return;
  if (status.ok()) return base::log::Info("tasks", "history is written again");
  base::log::Error("tasks", "history could not be written, will retry", {{"error", status}});
}

base::Status History::Impl::Append(const std::vector<Entry>& batch) {
  std::string text;
  for (const Entry& entry : batch) AppendTaskInfo(*entry, text);
  const std::uint64_t before = file->size();
  if (base::Status status = file->Append(text); !status.ok()) {
    file->TruncateTo(before).Ignore();  // else the reader skips the torn line
    return status;
  }
  lines += batch.size();
  return file->Sync();
}

base::Status History::Impl::Rewrite() {
  const std::vector<Entry> kept = Snapshot();
  std::string text;
  for (const Entry& entry : kept) AppendTaskInfo(*entry, text);
  RETURN_IF_ERROR(base::WriteFileAtomically(options.path, text));
  ASSIGN_OR_RETURN(*file, base::AppendFile::Open(options.path));
  lines = kept.size();
  return {};
}

// What has been written; the rest follows.
std::vector<History::Impl::Entry> History::Impl::Snapshot() const {
  std::lock_guard lock(mutex);
  const std::size_t count = entries.size() - std::min(entries.size(), unwritten.size());
  return {entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count)};
}

History::History(Options options, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {
  if (impl_->options.path.empty()) return;
  impl_->Load();
  impl_->writer = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

History::~History() = default;

bool History::Keeps(const TaskInfo& ended) {
  return ended.task_class == TaskClass::kClient || ended.cancelled ||
         ended.running_nanos > kLongRunNanos || ended.outcome != Outcome::kDone;
}

void History::Add(TaskInfo ended) {
  auto entry = std::make_shared<const TaskInfo>(std::move(ended));
  std::lock_guard lock(impl_->mutex);
  if (impl_->file) {
    impl_->unwritten.push_back(entry);
    ++impl_->added;
    if (impl_->unwritten.size() == 1) impl_->changed.notify_all();  // else it is awake
  }
  impl_->Keep(std::move(entry));
}

std::vector<TaskInfo> History::Query(const std::function<bool(const TaskInfo&)>& matches,
                                     std::size_t from, std::size_t limit) const {
  std::vector<Impl::Entry> all;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->Trim();
    all.assign(impl_->entries.rbegin(), impl_->entries.rend());
  }
  std::vector<TaskInfo> found;
  for (const Impl::Entry& entry : all) {
    if (found.size() == limit) break;
    if (!matches(*entry)) continue;
    if (from > 0) {
      --from;
    } else {
      found.push_back(*entry);
    }
  }
  return found;
}

std::optional<TaskInfo> History::Find(const TaskId& id) const {
  auto found = Query([&](const TaskInfo& info) { return info.id == id; }, 0, 1);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void History::Flush() {
  std::unique_lock lock(impl_->mutex);
  impl_->hurry = true;
  impl_->changed.notify_all();
  impl_->changed.wait(lock, [&, until = impl_->added] { return impl_->written >= until; });
}

}  // namespace tasks
