// transport/local_node.h
//
// What the transport needs of the node it is of. All of it outlives the Transport.

#pragma once

#include "tasks/run/local_peer.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace transport {

struct LocalNode {
  tasks::TaskRegistry& registry;  // also says node id, incarnation and clock
  tasks::ActionTable& actions;    // what others may start here
  tasks::Loop& loop;              // beats, leases, time-outs
  tasks::Poster& payloads;        // reads what calls send; may wait for the disk

  std::int64_t BootNanos() const { return registry.clock().BootNanos(); }
};

}  // namespace transport
