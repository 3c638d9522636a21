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
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"
#include "actions/node_stats/figures.h"
#include "actions/tasks_list/failures.h"

namespace actions::index_stats {

using node_stats::ShardFigures;

struct ShardStats {
  cluster::StatePtr state;
  node_stats::FiguresByShard shards;              // that are open
  std::map<std::string, std::string> data_paths;  // by the id of the node
  std::vector<tasks_list::NodeFailure> failures;

  // Null if it is not open, or its node is silent.
  const ShardFigures* Find(const cluster::IndexMetadata& index, int shard) const {
    const auto found = shards.find(node_stats::KeyOfShard(index.uuid, shard));
    return found == shards.end() ? nullptr : &found->second;
  }
};
using Done = std::function<void(base::Result<ShardStats>)>;

// Names that are not there are passed over. A node is waited for as long as for a list, unless
// `timeout_millis` says how long.
void Ask(Node& node, const std::vector<std::string>& names, tasks::OriginPtr origin, Done done,
         std::optional<std::int64_t> timeout_millis = std::nullopt);

void Register(Node& node);

}  // namespace actions::index_stats
