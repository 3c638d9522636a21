// actions/node_stats/ask.h
//
// Asks nodes for what only they know, each by a child: `cluster:monitor/nodes/stats[n]`,
// `cluster:monitor/nodes/info[n]`, `cluster:monitor/nodes/usage[n]`, `cluster:monitor/stats[n]`.
// Nodes that are silent until the time is over are named.
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

namespace actions::node_stats {

enum class About : std::uint8_t { kInfo, kStats, kClusterStats, kUsage };

struct Question {
  About about = About::kStats;
  Parts parts;                     // none: nobody is asked, the cluster's state says it all
  std::vector<std::string> nodes;  // ids
  std::optional<std::int64_t> timeout_millis = std::nullopt;  // else that of lists
  tasks::OriginPtr origin = nullptr;
};

struct Answer {
  cluster::StatePtr state;
  std::vector<std::string> nodes;              // that were asked, but for the silent ones
  std::map<std::string, NodeFigures> figures;  // by node; of those that were asked
  std::vector<tasks_list::NodeFailure> failures;
};
using Done = std::function<void(base::Result<Answer>)>;

void Ask(Node& node, Question question, Done done);

// Absolute.
std::string DataPath(const Node& node);
// Of a shard that is open on this node. `index`: as the cluster knows it; null if it has gone.
ShardFigures FiguresOf(const Node& node, const engine::Shard& shard,
                       const cluster::IndexPtr& index);

// What other nodes may ask of this one. `connections` tells those of its HTTP server, `usage` what
// that has been asked for; null: it is not known.
void Register(Node& node, std::function<Connections()> connections,
              std::function<Usage()> usage = nullptr);

}  // namespace actions::node_stats
