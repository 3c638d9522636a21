// actions/templates/overlaps.h
//
// Finds templates whose patterns fit a name in common. Threads: pure functions.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json/tree.h"
#include "cluster/records.h"
#include "tasks/task_context.h"

namespace actions::templates {

// In the order of their names; `shown` as errors and warnings have them: `name => [a*, b*]`.
struct Overlaps {
  std::vector<std::string> names, shown;
};

// Of `templates`, by name as they are kept, those that overlap with `patterns` and that `counts`.
using Counts = std::function<bool(const std::string& name, const base::json::Value& stored)>;
base::Result<Overlaps> OverlapsWith(const tasks::TaskContext& task,
                                    const std::map<std::string, std::string>& templates,
                                    const std::vector<std::string>& patterns, const Counts& counts);

// Says that the template `name`, which `templates` has, shares names with templates of the other
// kind, legacy or composable. Empty if it does not.
base::Result<std::string> OverlapWarning(const tasks::TaskContext& task,
                                         const cluster::Templates& templates,
                                         cluster::TemplateKind kind, const std::string& name);

}  // namespace actions::templates
