// actions/tasks_stream/feed.h
//
// The one source of all streams of tasks: takes in what the registry reports, fills the EventLog,
// and wakes the readers that wait for it, a few at a time. While nobody reads, a task costs one
// look at a flag (docs/design/0020).
//
// Lifetime: outlives the registry; Use() before the first reader. Threads: any; a thread of its own
// renders and wakes.

#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actions/tasks_stream/event_log.h"
#include "base/result.h"
#include "tasks/record/task_observer.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace actions {
struct Node;
}

namespace actions::tasks_stream {

// Tasks of the stream itself are no events of it: readers would wake each other.
inline constexpr std::string_view kStream = "cluster:monitor/tasks/stream";
inline constexpr std::string_view kStreamNode = "cluster:monitor/tasks/stream[n]";

class NodePuller;

class Feed final : public tasks::TaskObserver {
 public:
  class Reader {
   public:
    virtual ~Reader() = default;
    // There may be something to read, or (`beat`) there was nothing for a while. On the feed's
    // thread; returns at once.
    virtual void OnNews(bool beat) = 0;
  };
  // Whose readers these are: clients' want to see all nodes, those of other nodes only this one.
  enum class For : std::uint8_t { kClient, kNode };
  // A reader's place among the bounded number of them.
  class Seat {
   public:
    Seat(Feed& feed, For whom) : feed_(feed), whom_(whom) {}
    ~Seat() { feed_.Leave(whom_); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    Feed& feed_;
    const For whom_;
  };

  static constexpr std::size_t kMaxPending = 16'384;

  explicit Feed(const base::Clock& clock, tasks::Loop::Mode mode = tasks::Loop::Mode::kThread);
  ~Feed() override;

  // Registers what other nodes ask for. `node` outlives the readers.
  void Use(Node& node);
  // Nobody is woken any more, and no node asked.
  void Stop();

  // 429 if there are `max_readers` already.
  base::Result<std::unique_ptr<Seat>> Enter(For whom, std::size_t max_readers);

  EventLog& log() { return log_; }
  // Wakes `reader` once: when there is an event from number `next` on, but not before `due`; at
  // `beat_at` in any case.
  void Wait(std::weak_ptr<Reader> reader, std::uint64_t next, std::int64_t due,
            std::int64_t beat_at);
  std::size_t readers() const { return clients_.load() + nodes_.load(); }

  void OnStart(const tasks::TaskContext& task) override { Note(EventKind::kStarted, task); }
  void OnChange(const tasks::TaskContext& task) override { Note(EventKind::kChanged, task); }
  void OnEnd(const tasks::TaskContext& task) override { Note(EventKind::kEnded, task); }

  tasks::Loop& loop() { return loop_; }  // a test's turns it

 private:
  friend class NodePuller;
  struct Noted {
    EventKind kind;
    tasks::TaskInfo info;
    std::vector<std::string> indices;
  };
  struct Waiting {
    std::weak_ptr<Reader> reader;
    std::uint64_t next;
    std::int64_t beat_at;
  };

  void Note(EventKind kind, const tasks::TaskContext& task);
  void Leave(For whom);
  std::int64_t Now() const { return clock_.MonotonicNanos(); }
  // On the loop's thread, as are those below.
  void Wake();
  void Tick();
  void BeginWalk();
  void Walk();
  void Drain();
  void WakeReaders();
  void WakeLater(std::int64_t due);
  void Idle();

  const base::Clock& clock_;
  Node* node_ = nullptr;  // constant after Use()
  EventLog log_{clock_};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> watched_{false};  // somebody reads, or did a moment ago
  std::atomic<std::size_t> clients_{0}, nodes_{0};
  std::mutex mutex_;
  std::deque<Noted> pending_;  // guarded by mutex_
  std::uint64_t lost_ = 0;     // guarded by mutex_; that found no room
  bool draining_ = false;      // guarded by mutex_; a Drain() is on its way
  std::mutex waiting_mutex_;
  std::multimap<std::int64_t, Waiting> waiting_;  // guarded by waiting_mutex_; by `due`
  std::size_t away_ = 0;         // guarded by waiting_mutex_; woken since away_since_, not back
  std::int64_t away_since_ = 0;  // guarded by waiting_mutex_
  // Of the loop's thread.
  bool ticking_ = false, walking_ = false;
  tasks::TaskRegistry::Cursor cursor_;  // of the walk
  std::optional<tasks::Loop::TimerId> wake_timer_;
  std::int64_t wake_at_ = 0;
  std::int64_t last_reader_ = 0;
  std::map<std::string, std::shared_ptr<NodePuller>> pullers_;  // by node id
  tasks::Loop loop_;                                            // last: works on the above
};

}  // namespace actions::tasks_stream
