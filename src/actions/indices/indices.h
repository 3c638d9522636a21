// actions/indices/indices.h
//
// Administration of indices: create, delete, mappings, settings; refresh, flush and count over
// their shards. Each is a task; those over shards have a child a shard.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actions/node.h"
#include "cluster/index_settings.h"

namespace actions::indices {

using Done = std::function<void(base::Status)>;

void Register(Node& node);

// `body` is OpenSearch's: settings, mappings, aliases; may be empty.
void Create(Node& node, tasks::OriginPtr origin, std::string name, std::string body, Done done);
// Names that are there; see cluster::ResolveIndices().
void Delete(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, Done done);
void PutMapping(Node& node, tasks::OriginPtr origin, std::vector<std::string> names,
                std::string body, Done done);
void PutSettings(Node& node, tasks::OriginPtr origin, std::vector<std::string> names,
                 cluster::SettingsUpdate settings, bool preserve_existing, Done done);

// What work over shards answers: {"_shards":{"total","successful","failed"}}.
struct ShardsAnswer {
  int total = 0, successful = 0, failed = 0;
  std::int64_t count = 0;  // Count() alone
};
using ShardsDone = std::function<void(base::Result<ShardsAnswer>)>;

void Refresh(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done);
void Flush(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done);
// Documents in the last refreshed view.
void Count(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done);

}  // namespace actions::indices
