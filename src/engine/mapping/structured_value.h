// engine/mapping/structured_value.h
//
// The values that are more than a scalar: points, shapes, ranges, suggestions, joins, features.
// Threads: pure functions.

#pragma once

#include "base/json/tree.h"
#include "engine/mapping/check_plan.h"

namespace engine {

base::Status CheckStructured(const FieldNode& field, const base::json::Value& value);

// One date of a field with a format: a text, or a number's spelling.
base::Status CheckDate(const FieldNode& field, std::string_view text);

}  // namespace engine
