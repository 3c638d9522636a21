// actions/tasks_results/index_result_store.h
//
// Results in the index `.tasks`, made on first use, each under its task's id. On their way there,
// and when they cannot get there, they are found in tasks::AfterEnd and its spool.
//
// Lifetime: as the node. Threads: any.

#pragma once

#include "actions/node.h"
#include "actions/tasks_results/result_store.h"

namespace actions::tasks_results {

inline constexpr std::string_view kResultIndex = ".tasks";

class IndexResultStore final : public ResultStore {
 public:
  explicit IndexResultStore(Node& node) : node_(node) {}

  void Put(const tasks::TaskContext& task, std::string document) override;
  void Find(const tasks::TaskPtr& asker, const tasks::TaskId& id, Found found) override;

 private:
  Node& node_;
};

}  // namespace actions::tasks_results
