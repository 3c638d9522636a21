// actions/shards/mapping_limits.h
//
// What an index's settings say about its mapping (index.mapping.*). Threads: pure functions.

#pragma once

#include <map>
#include <string>

#include "engine/mapping/mapping.h"

namespace actions {

engine::MappingLimits MappingLimitsOf(const std::map<std::string, std::string>& settings);

}  // namespace actions
