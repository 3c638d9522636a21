// cluster/internal/turn.h
//
// One change of the cluster's state at a time. Lifetime: a local of the change. Threads: any.

#pragma once

#include "cluster/cluster_service.h"

namespace cluster {

// Whoever holds it may change the cluster.
class ClusterService::Turn {
 public:
  explicit Turn(ClusterService& service) : service_(service) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!mine_) return;
    std::lock_guard lock(service_.turn_mutex_);
    service_.changing_ = false;
    service_.turn_ends_.notify_all();
  }

  // Cancelled if the task has to stop first.
  base::Status Take(tasks::TaskContext& task) {
    std::unique_lock lock(service_.turn_mutex_);
    RETURN_IF_ERROR(tasks::WaitFor(task, lock, service_.turn_ends_, "cluster state",
                                   [this] { return !service_.changing_; }));
    service_.changing_ = mine_ = true;
    return {};
  }
  // For what only follows the store.
  void TakeAnyway() {
    std::unique_lock lock(service_.turn_mutex_);
    service_.turn_ends_.wait(lock, [this] { return !service_.changing_; });
    service_.changing_ = mine_ = true;
  }

 private:
  ClusterService& service_;
  bool mine_ = false;
};

}  // namespace cluster
