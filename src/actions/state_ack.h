// actions/state_ack.h
//
// The end of a change of the cluster's state: it is answered when every other node has applied it,
// so whoever asks one of them next finds it there; or after a time, and some have not.
//
// Lifetime: owns itself until the task has ended. Threads: any.

#pragma once

#include <functional>

#include "actions/node.h"

namespace actions {

// Makes this node tell others when it has applied a change.
void RegisterStateAck(Node& node);

// Ends `task`, whose work is done. `done` is called once: whether all nodes have applied what this
// one has. The task stays listed while a silent node is waited for, the answer does not.
void FinishWhenApplied(Node& node, tasks::RunningTask task, std::function<void(bool all)> done);

}  // namespace actions
