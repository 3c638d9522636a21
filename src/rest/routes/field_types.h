// rest/routes/field_types.h
//
// How many fields of which type the mappings of all indices have, as `_cluster/stats` tells.
//
// Threads: pure functions.

#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/json/writer.h"
#include "cluster/cluster_state.h"
#include "tasks/task_context.h"

namespace rest::routes {

struct FieldTypeCount {
  std::int64_t fields = 0, indices = 0;
};
using FieldTypes = std::map<std::string, FieldTypeCount, std::less<>>;

// Multi-fields count, and objects do. `task`, which may be null, is asked at each index whether to
// go on. Mappings are parsed on `memory`, which may be null. An error: it has to stop, or 429.
base::Result<FieldTypes> CountFieldTypes(const cluster::ClusterState& state,
                                         const tasks::TaskContext* task,
                                         tasks::MemoryAccount* memory);

// "field_types":[{"name":"keyword","count":5,"index_count":2}, …]
void WriteFieldTypes(base::json::Writer& out, const FieldTypes& types);

}  // namespace rest::routes
