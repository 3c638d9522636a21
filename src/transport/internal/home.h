// transport/internal/home.h
//
// What the parts of one Transport have in common. Each of them keeps it: what is posted to the
// node's loop, and calls that somebody still holds, may run after the Transport has gone. The node
// itself outlives that.
//
// Lifetime: shared. Threads: any.

#pragma once

#include <memory>

#include "base/log/throttle.h"
#include "transport/internal/node_directory.h"
#include "transport/internal/stream.h"
#include "transport/local_node.h"
#include "transport/options.h"

namespace transport::internal {

struct Home {
  Home(LocalNode of, Options with) : node(of), options(std::move(with)) {}

  const LocalNode node;
  const Options options;
  NodeDirectory directory{node.registry.node_id(), node.registry.incarnation(),
                          options.lease_millis * 1'000'000};
  const std::shared_ptr<StreamCount> streams = std::make_shared<StreamCount>();
  // Whoever reaches the port could cause these lines.
  base::log::LogThrottle refused_sessions{node.registry.clock()};
  base::log::LogThrottle broken_rules{node.registry.clock()};
};
using HomePtr = std::shared_ptr<Home>;

}  // namespace transport::internal
