// actions/indices/indices.h
//
// Administration of indices: create, delete, mappings, settings; refresh, flush and count over
// their shards. Each is a task; those over shards have a child a shard. Those that have a body have
// been one since its head came, and get the task that is named beside them.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actions/run_change.h"
#include "base/text/units.h"
#include "cluster/settings/index_settings.h"

namespace actions::indices {

using Done = ChangeDone;

void Register(Node& node);

struct CreateRequest {
  std::string name;
  std::string provided_name = name;  // as the client gave it, perhaps date math
  std::string body;                  // OpenSearch's: settings, mappings, aliases; may be empty
  std::optional<int> active_shards;  // copies of each shard to wait for; nullopt: as the index says
  base::TimeValue timeout = base::TimeValue::Seconds(30);  // of that
};
struct Created {
  bool acknowledged = true;         // by all nodes, as above
  bool shards_acknowledged = true;  // false: so many copies were not there in time
};
using CreatedDone = std::function<void(base::Result<Created>)>;
// names::kCreateIndex
void Create(Node& node, tasks::RunningTask task, CreateRequest request, CreatedDone done);
// Names that are there; see cluster::ResolveIndices().
void Delete(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, Done done);
// names::kPutMapping
void PutMapping(Node& node, tasks::RunningTask task, std::vector<std::string> names,
                std::string body, Done done);
// names::kUpdateSettings
void PutSettings(Node& node, tasks::RunningTask task, std::vector<std::string> names,
                 std::string body, bool preserve_existing, Done done);

// What work over shards answers: {"_shards":{"total","successful","failed","failures"}}.
struct ShardFailure {
  std::string index;
  int shard;
  base::Status why;
};
struct ShardsAnswer {
  int total = 0, successful = 0;
  std::vector<ShardFailure> failures;  // by index and shard
  std::int64_t count = 0;              // Count() alone
};
using ShardsDone = std::function<void(base::Result<ShardsAnswer>)>;

void Refresh(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done);
void Flush(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done);
// names::kSearch. Documents in the last refreshed view.
void Count(Node& node, tasks::RunningTask task, std::vector<std::string> names, ShardsDone done);

}  // namespace actions::indices
