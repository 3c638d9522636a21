// rest/routes/nodes_stats_sections.h
//
// The sections of `_nodes/stats` that are about the process, its machine and the whole node. Those
// about what Quell does not have are there with zeros.
//
// Threads: pure functions.

#pragma once

#include <functional>
#include <string_view>

#include "actions/node_stats/figures.h"
#include "rest/human_fields.h"

namespace rest::routes {

using WantsMetric = std::function<bool(std::string_view metric)>;

// `os`, `process`, `jvm`, `thread_pool`, `fs`.
void WriteHostSections(const HumanFields& fields, const actions::node_stats::NodeFigures& figures,
                       const WantsMetric& wants);
// All others of OpenSearch, but for `indices`.
void WriteNodeSections(const HumanFields& fields, const actions::node_stats::NodeFigures& figures,
                       const WantsMetric& wants);

}  // namespace rest::routes
