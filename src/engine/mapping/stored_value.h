// engine/mapping/stored_value.h
//
// What a stored field keeps of one value of a document, as a reader is shown it.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <vector>

#include "engine/mapping/field_value.h"

namespace engine {

// Adds to `json` what the field keeps of `value`: nothing if the field ignores it. `value` is no
// array, unless the field takes arrays as one value.
void AppendStored(const FieldNode& field, const base::json::Value& value, const Source& source,
                  std::vector<std::string>& json);

}  // namespace engine
