// actions/shards/store_runs.h
//
// Shows the store's own flushes and compactions as background tasks of the node.
//
// Lifetime: ends before the registry and the loop; the store may outlive it. Threads: any.

#pragma once

#include "actions/shards/background_run.h"
#include "journal/node_store.h"

namespace actions {

class StoreRuns {
 public:
  StoreRuns(journal::NodeStore& store, tasks::TaskRegistry& registry, tasks::Loop& loop);
  ~StoreRuns();
  StoreRuns(const StoreRuns&) = delete;
  StoreRuns& operator=(const StoreRuns&) = delete;

 private:
  struct State;

  journal::NodeStore& store_;
  const std::shared_ptr<State> state_;
};

}  // namespace actions
