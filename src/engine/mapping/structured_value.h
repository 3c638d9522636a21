// engine/mapping/structured_value.h
//
// The values that are more than a scalar: points, shapes, ranges, suggestions, joins, features.
// Threads: pure functions.

#pragma once

#include <string_view>

#include "base/json/tree.h"
#include "engine/mapping/check_plan.h"

namespace engine {

// `source` is the document, for places in errors.
base::Status CheckStructured(const FieldNode& field, const base::json::Value& value,
                             std::string_view source);

}  // namespace engine
