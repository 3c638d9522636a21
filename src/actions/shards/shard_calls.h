// actions/shards/shard_calls.h
//
// The children of a request that reads: one on each shard's node. One that meets a shard on its way
// to another node is started again there, so that a move fails nothing. A request over very many
// shards has a bounded number of children at a time; the others wait for their turn.
//
// Lifetime: a member of the request's state, the last one, whose WhenJoined() outlives it. Threads:
// Start(), WhenJoined() on the owner's.

#pragma once

#include <functional>
#include <list>
#include <mutex>

#include "actions/node.h"

namespace actions {

class ShardCalls {
 public:
  ShardCalls(Node& node, tasks::TaskContext& task)
      : node_(node), task_(task), began_(node.clock.MonotonicNanos()), first_(task) {}

  // `action` has static storage; `on_end` hears the end that counts, also when the shard's node is
  // not there, and `on_progress`, which may be null, what is told before it.
  void Start(cluster::IndexPtr index, int shard, std::string_view action, std::string payload,
             std::function<void(const tasks::End&)> on_end,
             std::function<void(const std::string&)> on_progress = nullptr);
  // As ChildScope's: Unconfirmed, Cancelled, the first failure that counts, OK.
  void WhenJoined(std::function<void(base::Status)> joined);

 private:
  struct One {
    cluster::IndexPtr index;
    int shard;
    std::string_view action;
    std::string payload;
    std::function<void(const tasks::End&)> on_end;
    std::function<void(const std::string&)> on_progress;
  };

  // Of one request, so that a few requests over all shards do not fill the queues of a node.
  static constexpr std::size_t kAtOnce = 64;

  bool StartOn(tasks::Peer& peer, tasks::ChildScope& scope, One& one);  // false: has to stop
  void StartWaiting();
  void StartLater(One& one);
  void Tell(const One& one, const tasks::End& end);
  void Ended(const One& one, const tasks::End& end);
  void LeavePlace();
  void Joined(const base::Status& why);

  Node& node_;
  tasks::TaskContext& task_;
  const std::int64_t began_;
  std::list<One> all_;                        // constant once joined_ is there
  std::function<void(base::Status)> joined_;  // constant after WhenJoined()
  std::mutex mutex_;
  std::size_t unjoined_ = 1;  // guarded by mutex_; the first scope, those that are late or wait
  std::size_t running_ = 0;   // guarded by mutex_
  bool starting_ = false;     // guarded by mutex_; somebody starts those that wait
  std::list<One*> waiting_;   // guarded by mutex_; of all_
  base::Status why_;          // guarded by mutex_
  base::Status failed_;       // guarded by mutex_
  std::list<tasks::ChildScope> late_;  // guarded by mutex_
  tasks::ChildScope first_;            // last: its callbacks use everything above
};

}  // namespace actions
