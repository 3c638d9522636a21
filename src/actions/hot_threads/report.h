// actions/hot_threads/report.h
//
// What a node's tasks and threads did during an interval, as the text of OpenSearch's hot threads:
// the busiest first, each with what it was doing at each of several looks. Tasks stand for the
// threads of the pools that work on them; the other threads of the process stand for themselves.
//
// Lifetime: one observation. Threads: one at a time.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tasks/task_registry.h"

namespace actions::hot_threads {

enum class Kind : std::uint8_t {
  kCpu,
  kWait,   // for whatever
  kBlock,  // for a thread of a pool
};
// 400 for a name that is none.
base::Result<Kind> ParseKind(std::string_view name);

struct Watch {
  std::int32_t threads = 3;  // at most so many are shown
  std::int64_t interval_nanos = 500'000'000;
  std::int32_t snapshots = 10;
  std::string type = "cpu";
  bool ignore_idle = true;  // leave out what has used nothing

  // 400 for values that mean nothing.
  base::Status Check() const;
};

// CPU time of the threads of this process by their number in the kernel, those of `pools` left out.
struct ThreadTime {
  std::string name;
  std::int64_t cpu_nanos = 0;
};
std::map<int, ThreadTime> ReadThreadTimes(const std::vector<std::string>& pools);

class Observation {
 public:
  // `pools`: names of threads that work on tasks. `self` is the observing task.
  Observation(Watch watch, Kind kind, std::string node_name, std::vector<std::string> pools,
              tasks::TaskId self)
      : watch_(std::move(watch)),
        kind_(kind),
        node_name_(std::move(node_name)),
        pools_(std::move(pools)),
        self_(std::move(self)) {}

  const Watch& watch() const { return watch_; }
  // How often to look behind the first time: once a millisecond at most.
  std::int64_t looks() const;
  // Looks at everything that is there: once before the first snapshot, once for each.
  void Look(const tasks::TaskRegistry& registry);
  // The same with what was seen; for tests.
  void Look(const std::vector<tasks::TaskInfo>& seen, const std::map<int, ThreadTime>& threads);
  std::string Report(std::int64_t wall_millis) const;

 private:
  struct Subject {
    std::string name;
    std::int64_t first_cpu = 0, last_cpu = 0;
    int waiting = 0;  // snapshots in which it was
    // What it was doing, and in how many snapshots; in the order in which it was seen.
    std::vector<std::pair<std::vector<std::string>, int>> stacks;
  };

  void KeepStack(Subject& subject, std::vector<std::string> stack) const;
  void LookAt(const tasks::TaskInfo& info,
              const std::map<tasks::TaskId, const tasks::TaskInfo*>& all);
  bool Waits(const tasks::TaskInfo& info) const;
  std::int64_t UseOf(const Subject& subject) const;
  void Write(std::string& out, const Subject& subject, std::int64_t use) const;

  const Watch watch_;
  const Kind kind_;
  const std::string node_name_;
  const std::vector<std::string> pools_;
  const tasks::TaskId self_;
  int looks_ = 0;
  std::map<tasks::TaskId, Subject> tasks_;
  std::map<int, Subject> threads_;
};

}  // namespace actions::hot_threads
