// engine/mapping/range_value.h
//
// Whether a value of a document is a range of its field's type: {"gte":1,"lt":5}, or an address
// with a prefix. Threads: pure functions.

#pragma once

#include "base/json/tree.h"
#include "engine/mapping/field_value.h"

namespace engine {

base::Status CheckRange(const FieldNode& field, const base::json::Value& value,
                        const Source& source);

}  // namespace engine
