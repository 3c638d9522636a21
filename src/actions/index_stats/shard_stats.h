// actions/index_stats/shard_stats.h
//
// What is in the shards of some indices, on whatever nodes they are: `indices:monitor/stats`, which
// asks each of these nodes by a child, `indices:monitor/stats[n]`.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list or, if a
// node is silent, at once.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actions/node.h"
#include "actions/shards/shard_activity.h"
#include "actions/tasks_list/failures.h"

namespace actions::index_stats {

struct ShardFigures {
  std::int64_t documents = 0, deleted = 0;  // in the last refreshed view
  std::int64_t bytes = 0;
  std::int64_t max_seq_no = -1;  // of one shard
  ActivityFigures activity;

  void Add(const ShardFigures& other) {
    documents += other.documents;
    deleted += other.deleted;
    bytes += other.bytes;
    activity.Add(other.activity);
  }
};

struct ShardStats {
  cluster::StatePtr state;
  std::map<std::pair<std::string, int>, ShardFigures> shards;  // by uuid and number; that are open
  std::vector<tasks_list::NodeFailure> failures;

  // Null if it is not open, or its node is silent.
  const ShardFigures* Find(const cluster::IndexMetadata& index, int shard) const {
    const auto found = shards.find({index.uuid, shard});
    return found == shards.end() ? nullptr : &found->second;
  }
};
using Done = std::function<void(base::Result<ShardStats>)>;

// Names that are not there are passed over.
void Ask(Node& node, const std::vector<std::string>& names, tasks::OriginPtr origin, Done done);

void Register(Node& node);

}  // namespace actions::index_stats
