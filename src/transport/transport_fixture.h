// What the tests of transport/ share: nodes within one process, with a clock turned by hand or the
// machine's.

#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "support/puppet.h"
#include "support/tcp_proxy.h"
#include "transport/local_node.h"
#include "transport/options.h"

namespace transport {

inline constexpr std::int64_t kMillis = 1'000'000;

// Until what another thread does has happened; ctest's time-out is the limit.
template <typename Condition>
void Await(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

// A node without its transport.
struct BareNode {
  BareNode(const std::string& id, std::uint64_t incarnation, const base::Clock& clock,
           tasks::Loop::Mode mode)
      : loop(clock, mode),
        payloads(clock),
        registry({.node_id = id, .incarnation = incarnation, .clock = &clock, .loop = &loop}) {}
  ~BareNode() {
    registry.StopAll("node is shutting down");
    payloads.Stop();
    loop.Stop();
  }

  LocalNode local() { return {registry, actions, loop, payloads}; }
  std::vector<tasks::TaskPtr> Alive() const {
    tasks::TaskRegistry::Cursor cursor;
    return registry.NextPage(cursor, {});
  }

  tasks::Loop loop, payloads;
  tasks::TaskRegistry registry;
  tasks::ActionTable actions;
};

}  // namespace transport
