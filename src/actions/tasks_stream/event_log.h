// actions/tasks_stream/event_log.h
//
// What readers of the task stream read: the tasks that are alive, as they were last seen, and the
// newest events in a bounded ring. Each event is rendered once, however many readers there are; a
// reader is nothing but a position. One that is too slow loses the oldest events and learns how
// many.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "tasks/task_filter.h"
#include "tasks/task_info.h"

namespace actions::tasks_stream {

// A task as all readers see it. Immutable.
struct Shown {
  tasks::TaskInfo info;
  std::vector<std::string> indices;  // for the `index=` filter
  std::string json;
};
using ShownPtr = std::shared_ptr<const Shown>;
ShownPtr Show(tasks::TaskInfo info, std::vector<std::string> indices);

enum class EventKind : std::uint8_t { kStarted, kChanged, kCancelled, kEnded, kNodeLost, kLost };
std::string_view EventName(EventKind kind);  // "started", …

struct Event {
  EventKind kind = EventKind::kStarted;
  ShownPtr shown;          // of kNodeLost: only `json`; null of kLost
  std::uint64_t lost = 0;  // of kLost
};

// What a reader wants to see.
struct Wanted {
  tasks::TaskFilter filter;
  std::set<std::string> nodes;  // ids; empty: all

  bool Wants(const Event& event) const;
};

class EventLog {
 public:
  struct Limits {
    std::size_t events = 16'384;
    std::size_t bytes = 8 << 20;
  };

  // How far a reader has come: through the tasks that were alive when it came, then through the
  // events since.
  struct Position {
    std::uint64_t epoch = 0;   // of the log's contents, of no other log; another one: begins anew
    std::uint64_t joined = 0;  // the first event that the tasks of the snapshot do not include
    bool in_snapshot = true;
    tasks::TaskId after;     // the snapshot's last task that was read
    std::uint64_t next = 0;  // the event to read next
  };
  struct Batch {
    std::vector<Event> events;
    bool more = false;       // there may be more for this reader already
    bool begun = false;      // the position was of another epoch: a snapshot begins with this batch
    std::uint64_t next = 0;  // the event to wait for; 0: none is known
  };

  explicit EventLog(const base::Clock& clock) : EventLog(clock, Limits{}) {}
  EventLog(const base::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  // The next events that are `wanted`, about `bytes` of them, after a look at a bounded number.
  // Nothing before the log is ready.
  Batch Read(Position& position, const Wanted& wanted, std::size_t bytes);

  void Start(ShownPtr shown);
  void Change(ShownPtr shown);  // unless it is the one already known
  void End(ShownPtr shown);

  // All tasks of a node are told anew with Start() in between; those that are not have ended. The
  // first snapshot of the own node makes the log ready and appends no events.
  void BeginSnapshot(const std::string& node_id);
  void EndSnapshot(const std::string& node_id);
  // Nothing is known of the node's tasks any more.
  void ForgetNode(const std::string& node_id);
  // Events that could not be taken in.
  void AddLost(std::uint64_t count);
  // Forgets everything; positions of before begin anew.
  void Clear();

  std::uint64_t end() const;  // number of the next event
  bool ready() const;
  std::size_t tasks() const;

 private:
  struct Known {
    ShownPtr shown;
    std::int64_t shown_at = 0;   // nanos
    std::uint64_t since = 0;     // number of its first event
    std::uint64_t snapshot = 0;  // the last one that has told of it
  };

  void Append(Event event);  // needs mutex_, as do those below
  void ShowAnew(Known& known) const;
  void ReadSnapshot(Position& position, const Wanted& wanted, std::size_t bytes, Batch& batch);
  void ReadEvents(Position& position, const Wanted& wanted, std::size_t bytes, Batch& batch) const;
  std::map<tasks::TaskId, Known>::iterator FirstOf(const std::string& node_id);

  const base::Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::uint64_t epoch_ = base::RandomUint64();  // guarded by mutex_, as is all below
  bool ready_ = false;
  std::map<tasks::TaskId, Known> alive_;
  std::deque<Event> ring_;
  std::size_t ring_bytes_ = 0;
  std::uint64_t first_ = 1, end_ = 1;               // numbers of the events in the ring
  std::uint64_t snapshot_ = 0;                      // the newest one of any node
  std::map<std::string, std::uint64_t> snapshots_;  // under way, by node
};

}  // namespace actions::tasks_stream
