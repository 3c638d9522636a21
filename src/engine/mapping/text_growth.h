// engine/mapping/text_growth.h
//
// Finds what the text of a mapping has that a tree does not, without parsing what both have.
//
// Threads: any.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/mapping/field_tree.h"

namespace engine {

// Returns an update that adds to `tree` the properties that `json`, the text of a mapping, has
// more: all those in chunks that differ, also the ones that `tree` has. nullopt if a difference in
// something else was found. Not all are: the caller compares the text of the merged tree with
// `json`.
std::optional<std::string> GrowthInText(const MappingTree& tree, std::string_view json);

}  // namespace engine
