// actions/shards/background_run.h
//
// A run of the node's own upkeep. Once it has lasted 10 ms it shows itself as a background task; a
// shorter one is only counted.
//
// Lifetime: a local of the run. Threads: made and ended on the run's, which is not `loop`'s.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace actions {

class BackgroundRun {
 public:
  static constexpr std::int64_t kShowAfterNanos = 10'000'000;

  // `action` has static storage. The run cannot be stopped, for `because`, likewise static.
  BackgroundRun(tasks::TaskRegistry& registry, tasks::Loop& loop, std::string_view action,
                std::string description, std::string_view because);
  ~BackgroundRun();
  BackgroundRun(const BackgroundRun&) = delete;
  BackgroundRun& operator=(const BackgroundRun&) = delete;

 private:
  struct State {
    std::mutex mutex;
    bool over = false;        // guarded by mutex
    tasks::RunningTask task;  // guarded by mutex
  };

  tasks::TaskRegistry& registry_;
  tasks::Loop& loop_;
  const std::shared_ptr<State> state_;
  tasks::Loop::TimerId timer_;
};

}  // namespace actions
