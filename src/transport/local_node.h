// transport/local_node.h
//
// What the transport needs of the node it is of. All of it outlives the Transport.

#pragma once

#include <functional>
#include <string>

#include "tasks/run/local_peer.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace transport {

struct LocalNode {
  tasks::TaskRegistry& registry;  // also says node id, incarnation and clock
  tasks::ActionTable& actions;    // what others may start here
  tasks::Loop& loop;              // beats, leases, time-outs
  tasks::Poster& payloads;        // reads what calls send; may wait for the disk

  // Whether that process is a node of the cluster; no other gets a session. The incarnation is
  // known to those alone who share the cluster's metadata. Null: every one is. On any thread, at
  // once.
  std::function<bool(const std::string& id, std::uint64_t incarnation)> is_member = nullptr;

  std::int64_t BootNanos() const { return registry.clock().BootNanos(); }
};

}  // namespace transport
