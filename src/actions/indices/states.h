// actions/indices/states.h
//
// Closing and opening indices, and adding blocks. A close or a block is answered when every node
// has applied it: each then lets no write in any more, and has ended those that it had let in.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"
#include "actions/tasks_results/result_store.h"
#include "base/result.h"
#include "base/text/units.h"

namespace actions::indices {

inline constexpr std::string_view kClose = "indices:admin/close";
inline constexpr std::string_view kOpen = "indices:admin/open";
inline constexpr std::string_view kAddBlock = "indices:admin/block/add";

struct StatesRequest {
  std::vector<std::string> names;    // that are there; see cluster::ResolveIndices()
  std::optional<int> active_shards;  // copies of each shard to wait for; nullopt: as the index says
  base::TimeValue timeout = base::TimeValue::Seconds(30);  // of that
};
struct StatesChanged {
  bool acknowledged = true;         // by all nodes
  bool shards_acknowledged = true;  // false: so many copies were not there in time
  std::vector<std::string> names;   // that were not as they should be before
};
using StatesDone = std::function<void(base::Result<StatesChanged>)>;

// kClose. 500 if cluster.indices.close.enable is false.
void Close(Node& node, tasks::RunningTask task, StatesRequest request, StatesDone done);
// kOpen
void Open(Node& node, tasks::RunningTask task, StatesRequest request, StatesDone done);
// As Open(), but nobody waits for the answer: `tell` makes JSON of it, which `results` keep under
// the id of `task` (GET /_tasks/{id}). A child does the work, which a stop of `task` reaches.
void OpenAndKeep(Node& node, std::shared_ptr<tasks_results::ResultStore> results,
                 tasks::RunningTask task, StatesRequest request,
                 std::function<std::string(const StatesChanged&)> tell);
// kAddBlock; `setting` as cluster::BlockSetting() gives it.
void AddBlock(Node& node, tasks::RunningTask task, StatesRequest request, std::string_view setting,
              StatesDone done);

}  // namespace actions::indices
