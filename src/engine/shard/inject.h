// engine/shard/inject.h
//
// Named points of a shard's writing at which a test can hold a task, make a step fail or take its
// answer away. Nothing is armed outside of tests; a point then costs one atomic load.
//
// Threads: any. Handlers run without a lock of ours, kPrepared on the writer's thread, the others
// on the committer's, with the first task of the group.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "tasks/task_context.h"

namespace engine::inject {

enum class Point : std::uint8_t {
  kPrepared,  // a unit is prepared and not sealed; a failure ends the write
  kAppend,    // a group is about to be appended; a failure is returned instead of appending
  kAppended,  // it was appended; a failure is returned instead of the answer
};

using Handler = std::function<base::Status(tasks::TaskContext&)>;

namespace internal {
extern std::atomic<bool> armed;
base::Status Run(Point point, tasks::TaskContext& task);
}  // namespace internal

inline base::Status At(Point point, tasks::TaskContext& task) {
  if (!internal::armed.load(std::memory_order_acquire)) [[likely]]
    return {};
  return internal::Run(point, task);
}

// While it lives `handler` runs at `point`. One at a point at a time; it outlives the writes.
class Armed {
 public:
  Armed(Point point, Handler handler);
  ~Armed();
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

 private:
  const Point point_;
};

}  // namespace engine::inject
