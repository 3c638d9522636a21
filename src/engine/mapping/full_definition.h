// engine/mapping/full_definition.h
//
// A field's definition with the parameters that were not given. Threads: pure functions.

#pragma once

#include "base/json/writer.h"
#include "engine/mapping/definition.h"

namespace engine {

// `limits`: what the index says where the field does not.
void WriteFullField(const Draft& field, const MappingLimits& limits, base::json::Writer& writer);

}  // namespace engine
