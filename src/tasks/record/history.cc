#include "tasks/record/history.h"

#include <algorithm>
#include <array>
#include <atomic>
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
#include "tasks/task_context.h"

namespace tasks {

namespace {

constexpr std::chrono::seconds kWriteEvery(1);

// In quarters of the room.
enum Kind : std::uint8_t { kStops, kFailures, kLongRuns };
constexpr std::array<std::size_t, 3> kQuarters = {2, 1, 1};

// What clients break off by leaving, in any number, must not push out what users have cancelled;
// nor do children, whose parents say the same.
std::optional<Kind> KindOf(bool stopped_others, bool cancelled, const std::optional<Stop>& stop,
                           Outcome outcome, bool long_run) {
  if (stopped_others) return kStops;
  const StopCause cause = stop ? stop->cause : StopCause::kUser;
  const bool by_itself = cause != StopCause::kClientGone && cause != StopCause::kParent;
  if (cancelled) return by_itself ? kStops : kFailures;
  if (outcome != Outcome::kDone) return kFailures;
  return long_run ? std::optional(kLongRuns) : std::nullopt;
}

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
  struct Entry {
    std::uint64_t number;  // in the order of their ends
    std::shared_ptr<const TaskInfo> info;

    bool operator<(const Entry& other) const { return number < other.number; }
  };
  struct Share {
    std::deque<Entry> entries;  // oldest first
    std::size_t bytes = 0;
  };

  Impl(Options chosen, const base::Clock& time)
      : options(std::move(chosen)), clock(time), min_running_millis(options.min_running_millis) {}

  std::optional<Kind> KindOfEnded(const TaskInfo& info) const;
  void Load();
  void Keep(Kind kind, Entry entry);  // needs mutex
  void Trim();                        // needs mutex
  void Run(const std::stop_token& stop);
  void Write(const std::vector<Entry>& batch);
  base::Status Append(const std::vector<Entry>& batch);
  base::Status Rewrite();
  std::vector<Entry> All() const;  // needs mutex; oldest first
  std::vector<Entry> Snapshot() const;

  const Options options;
  const base::Clock& clock;
  std::atomic<std::int64_t> min_running_millis;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::array<Share, kQuarters.size()> shares;  // guarded by mutex
  std::uint64_t last_number = 0;               // guarded by mutex
  std::vector<Entry> unwritten;                // guarded by mutex
  std::uint64_t added = 0, written = 0;        // guarded by mutex
  bool hurry = false;                          // guarded by mutex; somebody waits for the file
  std::optional<base::AppendFile> file;        // the writer's, after Load()
  std::size_t lines = 0;                       // likewise
  bool incomplete = false;                     // likewise: it lacks what could not be written
  base::log::StateThrottle<bool> fails{clock, false};  // likewise
  std::jthread writer;                                 // last
};

std::optional<Kind> History::Impl::KindOfEnded(const TaskInfo& info) const {
  return KindOf(info.stopped_others.has_value(), info.cancelled, info.stop,
                info.outcome.value_or(Outcome::kDone),
                info.running_nanos >= 1'000'000 * min_running_millis.load());
}

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
      if (!info.ok()) continue;
      if (const auto kind = KindOfEnded(*info))
        Keep(*kind, {++last_number, std::make_shared<const TaskInfo>(*std::move(info))});
    }
  }
  auto opened = base::AppendFile::Open(options.path);
  base::Status status = opened.status();
  if (opened.ok() && opened->size() > whole) status = opened->TruncateTo(whole);  // a torn line
  if (!status.ok()) return in_memory_only(status);
  file.emplace(*std::move(opened));
}

void History::Impl::Keep(Kind kind, Entry entry) {
  shares[kind].bytes += Weight(*entry.info);
  shares[kind].entries.push_back(std::move(entry));
  Trim();
}

void History::Impl::Trim() {
  const std::int64_t oldest = clock.WallMillis() - options.max_age_millis;
  for (std::size_t kind = 0; kind < shares.size(); ++kind) {
    auto& [entries, bytes] = shares[kind];
    const std::size_t max_entries = options.max_entries * kQuarters[kind] / 4;
    const std::size_t max_bytes = options.max_bytes * kQuarters[kind] / 4;
    while (!entries.empty() && (entries.size() > max_entries || bytes > max_bytes ||
                                EndedAt(*entries.front().info) < oldest)) {
      bytes -= Weight(*entries.front().info);
      entries.pop_front();
    }
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
  for (const Entry& entry : batch) AppendTaskInfo(*entry.info, text);
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
  for (const Entry& entry : kept) AppendTaskInfo(*entry.info, text);
  RETURN_IF_ERROR(base::WriteFileAtomically(options.path, text));
  ASSIGN_OR_RETURN(*file, base::AppendFile::Open(options.path));
  lines = kept.size();
  return {};
}

std::vector<History::Impl::Entry> History::Impl::All() const {
  std::vector<Entry> all;
  for (const Share& share : shares) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), share.entries.begin(), share.entries.end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  return all;
}

// What has been written; the rest follows.
std::vector<History::Impl::Entry> History::Impl::Snapshot() const {
  std::lock_guard lock(mutex);
  std::vector<Entry> all = All();
  if (!unwritten.empty())
    all.erase(std::lower_bound(all.begin(), all.end(), unwritten.front()), all.end());
  return all;
}

History::History(Options options, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {
  if (impl_->options.path.empty()) return;
  impl_->Load();
  impl_->writer = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->Run(stop); });
}

History::~History() = default;

bool History::Keeps(const TaskContext& ended) const {
  return KindOf(ended.has_stopped_others(), ended.cancelled(), ended.stop(),
                ended.outcome().value_or(Outcome::kDone),
                ended.running_nanos() >= 1'000'000 * impl_->min_running_millis.load())
      .has_value();
}

void History::SetMinRunning(std::int64_t millis) { impl_->min_running_millis.store(millis); }

void History::Add(TaskInfo ended) {
  const std::optional<Kind> kind = impl_->KindOfEnded(ended);
  if (!kind) return;
  Impl::Entry entry{0, std::make_shared<const TaskInfo>(std::move(ended))};
  std::lock_guard lock(impl_->mutex);
  entry.number = ++impl_->last_number;
  if (impl_->file) {
    impl_->unwritten.push_back(entry);
    ++impl_->added;
    if (impl_->unwritten.size() == 1) impl_->changed.notify_all();  // else it is awake
  }
  impl_->Keep(*kind, std::move(entry));
}

std::vector<TaskInfo> History::Query(const std::function<bool(const TaskInfo&)>& matches,
                                     std::size_t from, std::size_t limit) const {
  std::vector<Impl::Entry> all;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->Trim();
    all = impl_->All();
  }
  std::vector<TaskInfo> found;
  for (auto entry = all.rbegin(); entry != all.rend() && found.size() < limit; ++entry) {
    if (!matches(*entry->info)) continue;
    if (from > 0) {
      --from;
    } else {
      found.push_back(*entry->info);
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
