// engine/mapping/wkt.h
//
// Reads a geometry in well-known text, as OpenSearch does: whatever stands behind it is ignored.
// Threads: pure functions.

#pragma once

#include <string_view>

#include "base/result.h"
#include "engine/mapping/geometry.h"

namespace engine {

// `coerce`: rings that are open are closed.
base::Result<Geometry> ReadWkt(std::string_view text, bool coerce, const tasks::TaskContext& task);

}  // namespace engine
