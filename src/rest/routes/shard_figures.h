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
#include "cluster/index/index_metadata.h"
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

// By the names that requests use.
const std::vector<std::string>& KnownFigureSections();

void WriteShardFigures(const HumanFields& fields, const actions::node_stats::ShardFigures& figures,
                       const FigureSections& sections, FigureSum sum);

struct ShardPlace {
  const cluster::IndexMetadata& index;
  int number = 0;
  const std::string& node_id;
  const std::string& data_path;  // of that node
};
// An object: where the shard is, its figures, and how far it has come.
void WriteShard(const HumanFields& fields, const ShardPlace& place,
                const actions::node_stats::ShardFigures& figures, const FigureSections& sections);

}  // namespace rest::routes
