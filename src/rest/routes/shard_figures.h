// rest/routes/shard_figures.h
//
// What is in shards and what is done with them, in the sections of OpenSearch's CommonStats. Those
// about what Quell does not have are there with zeros.
//
// Threads: a pure function.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actions/node_stats/figures.h"
#include "rest/human_fields.h"

namespace rest::routes {

// Which sections, by the names that requests use: `merge` for `merges`.
struct FigureSections {
  std::vector<std::string> metrics;
  bool all = true;  // they were not named
  bool fielddata_fields = false, completion_fields = false;

  bool Wants(std::string_view metric) const {
    return all || std::ranges::find(metrics, metric) != metrics.end();
  }
};

// What figures are of. Statuses of operations and phases of searches are shown of a whole node
// alone.
enum class FigureSum : std::uint8_t { kOfShard, kOfIndex, kOfNode };

void WriteShardFigures(const HumanFields& fields, const actions::node_stats::ShardFigures& figures,
                       const FigureSections& sections, FigureSum sum);

}  // namespace rest::routes
