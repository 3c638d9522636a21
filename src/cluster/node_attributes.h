// cluster/node_attributes.h
//
// Attributes that every node has, beside those that its settings give it (node.attr.*).

#pragma once

#include <string_view>

namespace cluster {

// OpenSearch adds it to each node, with the value `true`, whatever the settings say.
inline constexpr std::string_view kShardIndexingPressureAttribute =
    "shard_indexing_pressure_enabled";

}  // namespace cluster
