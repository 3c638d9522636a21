// actions/moves/mover.h
//
// Moves shards off nodes that may not hold them (docs/design/0014): the cluster manager begins and
// ends moves, the target of each copies its shard and takes it over, the source lets it go.
//
// Lifetime: made by server/ when the node's parts are, its OnState() listens behind the shard
// table's; Stop() when no task is left, before the node's loop stops. Threads: any.

#pragma once

#include <memory>

#include "actions/node.h"

namespace actions::moves {

class Mover {
 public:
  struct Options {
    std::int64_t blocked_nanos = 10'000'000'000;  // how long a shard takes no writes, at most
    std::int64_t again_nanos = 1'000'000'000;     // after an attempt has failed
  };
  // Adds its actions to the node's.
  Mover(Node& node, Options options);
  explicit Mover(Node& node) : Mover(node, Options()) {}
  ~Mover();
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;

  void OnState(const cluster::StatePtr& now);
  void Stop();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace actions::moves
