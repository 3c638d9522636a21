// actions/bulk/primary.h
//
// bulk[s][p]: writes one shard's part, on the `write` pool; a little at once, where it arrives.

#pragma once

#include "actions/node.h"

namespace actions::bulk {

void WriteOnPrimary(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound);

// The {"phase":…} that a task of this folder shows; it must have been registered with one.
tasks::ReplicationStatus& ReplicationStatusOf(tasks::TaskContext& task);
// At its end. One that was cancelled goes on showing where that met it.
void ShowFinished(tasks::TaskContext& task);

}  // namespace actions::bulk
