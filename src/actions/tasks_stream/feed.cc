#include "actions/tasks_stream/feed.h"

#include <algorithm>
#include <utility>

#include "actions/node.h"
#include "actions/tasks_stream/node_puller.h"

namespace actions::tasks_stream {
namespace {

constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kTickNanos = 1'000 * kMilli;
constexpr std::int64_t kLingerNanos = 10'000 * kMilli;  // events are kept so long for nobody
constexpr std::int64_t kGatherNanos = 10 * kMilli;      // events that come together are one batch
constexpr std::size_t kDrain = 512;                     // notes a turn
constexpr std::size_t kWalk = 256;                      // tasks a turn
// Readers that are away at a time: their connections share threads with requests that must not wait
// for them.
constexpr std::size_t kWakes = 16;
constexpr std::int64_t kWakePauseNanos = 2 * kMilli;
// Who has not come back by then waits for its client, not for the I/O thread.
constexpr std::int64_t kAwayNanos = 100 * kMilli;

}  // namespace

Feed::Feed(const base::Clock& clock, tasks::Loop::Mode mode) : clock_(clock), loop_(clock, mode) {}

Feed::~Feed() { Stop(); }

void Feed::Use(Node& node) {
  node_ = &node;
  RegisterNodeFeed(node, *this);
}

void Feed::Stop() {
  stopped_.store(true);
  watched_.store(false);
  loop_.Stop();
  pullers_.clear();
}

base::Result<std::unique_ptr<Feed::Seat>> Feed::Enter(For whom, std::size_t max_readers) {
  if (stopped_.load()) {
    return base::Status(503, "node_closed_exception", "node is shutting down");
  }
  auto& count = whom == For::kClient ? clients_ : nodes_;
  auto seat = std::make_unique<Seat>(*this, whom);
  if (count.fetch_add(1) >= max_readers) {
    return base::Status(429, "rejected_execution_exception",
                        "[tasks.stream.max_readers] is [" + std::to_string(max_readers) +
                            "] and as many streams of tasks are open; close one of them, or raise "
                            "the setting");
  }
  loop_.Post([this] { Wake(); });
  return seat;
}

void Feed::Leave(For whom) { (whom == For::kClient ? clients_ : nodes_).fetch_sub(1); }

void Feed::Note(EventKind kind, const tasks::TaskContext& task) {
  if (!watched_.load() || task.spec().action.starts_with(kStream)) return;
  Noted note{.kind = kind, .info = task.Info(/*detailed=*/true), .indices = task.indices()};
  const std::lock_guard lock(mutex_);
  if (pending_.size() >= kMaxPending) {
    ++lost_;
  } else {
    pending_.push_back(std::move(note));
  }
  if (std::exchange(draining_, true)) return;
  loop_.At(Now() + kGatherNanos, [this] { Drain(); });
}

void Feed::Wait(std::weak_ptr<Reader> reader, std::uint64_t next, std::int64_t due,
                std::int64_t beat_at) {
  {
    const std::lock_guard lock(waiting_mutex_);
    if (away_ > 0) --away_;
    waiting_.emplace(due, Waiting{std::move(reader), next, beat_at});
  }
  if (next < log_.end()) loop_.Post([this, due] { WakeLater(due); });
}

// Somebody has come to read.
void Feed::Wake() {
  last_reader_ = Now();
  if (stopped_.load()) return;
  if (!watched_.exchange(true)) BeginWalk();
  if (!std::exchange(ticking_, true)) Tick();
}

void Feed::Tick() {
  const std::int64_t now = Now();
  if (readers() > 0) last_reader_ = now;
  if (now - last_reader_ >= kLingerNanos) return Idle();
  NodePuller::Keep(*this, clients_.load() > 0);
  bool beat = false;
  {
    const std::lock_guard lock(waiting_mutex_);
    beat = std::ranges::any_of(waiting_,
                               [now](const auto& entry) { return entry.second.beat_at <= now; });
  }
  if (beat) WakeReaders();
  loop_.At(now + kTickNanos, [this] { Tick(); });
}

void Feed::Idle() {
  ticking_ = walking_ = false;
  watched_.store(false);
  pullers_.clear();
  {
    const std::lock_guard lock(mutex_);
    pending_.clear();
    lost_ = 0;
    draining_ = false;
  }
  {
    // A reader that comes just now stays: its Wake() follows.
    const std::lock_guard lock(waiting_mutex_);
    std::erase_if(waiting_, [](const auto& entry) { return entry.second.reader.expired(); });
  }
  log_.Clear();
}

// Finds the tasks that are alive: once for all readers, and again after events were lost. What is
// noted meanwhile is taken in behind it, so no task stays that has ended.
void Feed::BeginWalk() {
  walking_ = true;
  cursor_ = {};
  log_.BeginSnapshot(node_->registry.node_id());
  Walk();
}

void Feed::Walk() {
  if (!walking_) return;
  const auto page = node_->registry.NextPage(cursor_, {}, kWalk);
  for (const tasks::TaskPtr& task : page) {
    if (task->spec().action.starts_with(kStream)) continue;
    log_.Start(Show(task->Info(/*detailed=*/true), task->indices()));
  }
  if (!page.empty()) return loop_.Post([this] { Walk(); });
  walking_ = false;
  log_.EndSnapshot(node_->registry.node_id());
  Drain();
  WakeReaders();
}

void Feed::Drain() {
  if (walking_ || !watched_.load()) return;
  std::deque<Noted> notes;
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    lost = std::exchange(lost_, 0);
    if (pending_.size() <= kDrain || lost > 0) {
      notes.swap(pending_);
      draining_ = false;
    } else {
      for (std::size_t i = 0; i < kDrain; ++i) {
        notes.push_back(std::move(pending_.front()));
        pending_.pop_front();
      }
    }
  }
  if (lost > 0) {
    log_.AddLost(lost + notes.size());
    return BeginWalk();
  }
  const bool more = notes.size() == kDrain;
  for (Noted& note : notes) {
    ShownPtr shown = Show(std::move(note.info), std::move(note.indices));
    if (note.kind == EventKind::kStarted) log_.Start(std::move(shown));
    if (note.kind == EventKind::kChanged) log_.Change(std::move(shown));
    if (note.kind == EventKind::kEnded) log_.End(std::move(shown));
  }
  if (more) loop_.Post([this] { Drain(); });
  WakeReaders();
}

void Feed::WakeReaders() {
  if (!log_.ready()) return;
  const std::int64_t now = Now();
  const std::uint64_t end = log_.end();
  std::vector<std::pair<std::shared_ptr<Reader>, bool>> woken;
  std::int64_t due = INT64_MAX;
  {
    const std::lock_guard lock(waiting_mutex_);
    if (now - away_since_ >= kAwayNanos) away_ = 0, away_since_ = now;
    const std::size_t room = kWakes - std::min(away_, kWakes);
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
      const bool news = entry->second.next < end;
      if (!news && entry->second.beat_at > now) {
        ++entry;
        continue;
      }
      if ((news && entry->first > now) || woken.size() == room) {
        due = std::max(entry->first, now + kWakePauseNanos);
        break;
      }
      if (auto reader = entry->second.reader.lock()) woken.emplace_back(std::move(reader), !news);
      entry = waiting_.erase(entry);
    }
    away_ += woken.size();
  }
  for (const auto& [reader, beat] : woken) reader->OnNews(beat);
  if (due != INT64_MAX) WakeLater(due);
}

void Feed::WakeLater(std::int64_t due) {
  if (wake_timer_ && wake_at_ <= due) return;
  if (wake_timer_) loop_.Cancel(*wake_timer_);
  wake_at_ = due;
  wake_timer_ = loop_.At(due, [this] {
    wake_timer_.reset();
    WakeReaders();
  });
}

}  // namespace actions::tasks_stream
