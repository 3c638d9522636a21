// engine/mapping/structured_value.h
//
// The values that are more than a scalar: points, shapes, ranges, suggestions, joins, features.
// Threads: pure functions.

#pragma once

#include "base/json/tree.h"
#include "engine/mapping/field_value.h"

namespace engine {

base::Status CheckStructured(const FieldNode& field, const base::json::Value& value,
                             const Source& source);

}  // namespace engine
