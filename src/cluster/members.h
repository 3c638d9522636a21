// cluster/members.h
//
// Keeps this node among the members of its cluster: beats on the board, judges who is dead, and has
// the cluster manager take them out. A member is dead when it has not beaten for `dead_after`, of
// time during which the board took this node's own beats: while the store is away, or this process
// is frozen, nobody dies. The manager is the node that the state names; when it is dead, the first
// other one that notices takes its place.
//
// Lifetime: made by server/ once the node has joined; Stop() before the ClusterService ends.
// Threads: its own; Stop() any.

#pragma once

#include <map>
#include <string>

#include "cluster/cluster_service.h"
#include "cluster/heartbeats.h"
#include "tasks/task_registry.h"

namespace cluster {

class Members {
 public:
  struct Options {
    std::int64_t beat_nanos = 1'000'000'000;
    std::int64_t dead_after_nanos = 15'000'000'000;
    // Told once if another live process has this node's id and place: this one has to go down.
    std::function<void()> on_duplicate = nullptr;
  };

  Members(ClusterService& service, Heartbeats& board, tasks::TaskRegistry& registry,
          Options options);
  ~Members();

  // 500 duplicate_node_id_exception if a live process has the id of `local`. Waits for a few beats
  // if there is one that may be alive; before Join().
  static base::Status CheckUnique(Heartbeats& board, const ClusterState& state,
                                  const NodeInfo& local, const Options& options);

  void Start();
  void Stop();

  // One beat and what follows from it. Start() has it called again and again.
  void Beat();

 private:
  struct Seen {
    std::uint64_t revision = 0;
    std::int64_t at = 0;  // of good_nanos_
  };

  void BeatAndAgain();
  void CountGoodTime(bool stored);
  void Judge(const std::map<std::string, Heartbeats::Beat>& beats);
  bool IsDead(const std::string& node_id) const;
  void Act(const ClusterState& state, const std::vector<ClusterService::Process>& dead);
  // Runs `change` as a background task of the node's.
  void Change(std::string_view action, std::string description,
              const std::function<base::Status(tasks::TaskContext&)>& change);

  ClusterService& service_;
  Heartbeats& board_;
  tasks::TaskRegistry& registry_;
  const Options options_;
  // The rest is of the loop's thread alone.
  std::int64_t good_nanos_ = 0;   // how long the board has taken beats
  std::int64_t last_stored_ = 0;  // when it took the last one; 0: not since it failed
  std::map<std::string, Seen> seen_;
  bool told_ = false;
  std::string failure_;  // of the last change; empty: it was made
  tasks::Loop loop_;     // last
};

}  // namespace cluster
