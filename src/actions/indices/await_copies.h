// actions/indices/await_copies.h
//
// The end of a change that gives shards to indices: it is answered when enough copies of each are
// active, or when its time is over.
//
// Lifetime: owns itself until the task has ended. Threads: any.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "actions/node.h"
#include "base/text/units.h"

namespace actions::indices {

struct AwaitedCopies {
  std::map<std::string, std::string> indices;  // uuids by name; those that are deleted are left out
  std::optional<int> copies;  // of each shard; nullopt: as the index's setting says
  base::TimeValue timeout = base::TimeValue::Seconds(30);
};

// Ends `task`, whose work is done: a stop only ends the waiting. `done` is called once: whether all
// nodes have applied what this one has, and whether there were enough copies in time.
void FinishWithCopies(Node& node, tasks::RunningTask task, AwaitedCopies awaited,
                      std::function<void(bool applied, bool enough)> done);

}  // namespace actions::indices
