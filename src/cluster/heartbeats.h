// cluster/heartbeats.h
//
// The board on which the nodes of a cluster show that they live: a key a node, whose revision grows
// with every beat. No beat ever expires by itself; who is dead is judged by the cluster manager
// (cluster/members.h), and only by time during which the board took beats.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cluster {

class Heartbeats {
 public:
  struct Beat {
    std::uint64_t revision = 0;  // grows with every Put() of this node
    std::string value;           // the node's incarnation
  };

  virtual ~Heartbeats() = default;
  // OK when it is stored; bounded to a few seconds.
  virtual base::Status Put(const std::string& node_id, std::string_view value) = 0;
  // The newest beat of every node that has one.
  virtual base::Result<std::map<std::string, Beat>> Read() = 0;
  virtual base::Status Remove(const std::string& node_id) = 0;
};

}  // namespace cluster
