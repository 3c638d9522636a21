// actions/templates/simulate.h
//
// What templates would say of an index, without making one. Threads: pure functions.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actions/templates/body.h"
#include "cluster/cluster_state.h"
#include "tasks/task_context.h"

namespace actions::templates {

struct SimulateRequest {
  std::optional<std::string> index;  // the index; else a template is simulated
  std::string name;                  // of that template; empty: it is the body alone
  std::string body;                  // a template that is added first; empty: none is
  bool create = false;               // 400 if there is one of that name
};

struct Simulated {
  bool found = false;                           // false: no template fits the index
  std::map<std::string, std::string> settings;  // flat
  std::string mappings;                         // JSON, {} if there are none
  std::map<std::string, std::string> aliases;
  std::string warning;  // that the body shares names with legacy templates; empty: it does not
  // The patterns of the other templates that some name fits as well, by template.
  std::map<std::string, std::vector<std::string>> overlapping;
};

// 400 for a template that is not there, or a body that could not be put.
base::Result<Simulated> Simulate(const tasks::TaskContext& task, const cluster::ClusterState& state,
                                 const SimulateRequest& request);

}  // namespace actions::templates
