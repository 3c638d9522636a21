// actions/cluster_state/await_version.h
//
// Waits until this node's cluster state has reached a version. Holds no thread.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <functional>

#include "actions/node.h"
#include "base/text/units.h"

namespace actions::cluster_state {

struct VersionWait {
  std::uint64_t version = 0;
  base::TimeValue timeout;  // zero and less: looks once
};

// Calls `then` once, with the task: `reached` is false if the time was over first. Also when the
// task has been stopped, so `then` looks for the stop before anything else. It runs on the calling
// thread or on the node's loop, and must be short.
using AfterWait = std::function<void(tasks::RunningTask task, bool reached)>;
void AwaitVersion(Node& node, tasks::RunningTask task, const VersionWait& wait, AfterWait then);

}  // namespace actions::cluster_state
