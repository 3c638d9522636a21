// actions/bulk/primary_wait.h
//
// Waiting for the node of a shard: it may be on its way back into the cluster, or the shard may go
// to another one. Holds no thread.
//
// Lifetime: owns itself until it has told. Threads: Begin() on any; it tells on the loop.

#pragma once

#include <functional>

#include "actions/node.h"

namespace actions::bulk {

// The way to the node that has shard `number` of `index`, as the cluster is now. Null: it is not
// there, or the index is gone.
tasks::Peer* FindPrimary(Node& node, const cluster::IndexMetadata& index, int number);

// Nobody will ever have a shard of it: it was deleted, even if there is another one of its name.
bool IsGone(Node& node, const cluster::IndexMetadata& index);

struct AwaitedPrimary {
  cluster::IndexPtr index;
  int shard = 0;
  std::int64_t not_before_nanos = 0, due_nanos = 0;  // Clock::MonotonicNanos()
};
// Tells once: the node, when it is there; null when the index is gone, the time is over or the task
// has to stop.
// `task` lives until then.
void AwaitPrimary(Node& node, tasks::TaskContext& task, AwaitedPrimary awaited,
                  std::function<void(tasks::Peer*)> tell);

}  // namespace actions::bulk
