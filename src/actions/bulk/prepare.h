// actions/bulk/prepare.h
//
// What a coordinator does with a whole request before its first effect: the bodies of updates are
// read, pipelines and routings looked up, ids made, and everything sorted by shard.
//
// Threads: one, which may own children.

#pragma once

#include "actions/bulk/request.h"
#include "actions/node.h"

namespace actions::bulk {

struct ShardGroup {
  std::uint16_t index = 0;  // in Request::targets
  int shard = 0;
  std::uint32_t first = kNowhere, last = kNowhere;  // of a list through Item::next
  std::uint64_t operations = 0;
  std::uint64_t bytes = 0;  // of their documents
};

// Reads the bodies of all updates; 400 for the whole request if one is wrong, Cancelled.
base::Status CheckUpdates(tasks::TaskContext& task, Request& request);

// Sorts what can be written by shard, in request order within each; everything else gets its
// failure in Request::results. May make indices. Cancelled if the task has to stop.
base::Result<std::vector<ShardGroup>> Prepare(Node& node, tasks::TaskContext& task,
                                              base::DocIdGenerator& ids, Request& request);

// The pipelines that documents for an index go through by its settings; empty: none.
struct IndexPipelines {
  std::string_view by_default, last;

  std::string_view First() const { return by_default.empty() ? last : by_default; }
};
// Points into the settings of `index`.
IndexPipelines PipelinesOf(const cluster::IndexMetadata& index);

// 400 routing_missing_exception.
base::Status RoutingMissing(const std::string& index, std::string_view id);

}  // namespace actions::bulk
