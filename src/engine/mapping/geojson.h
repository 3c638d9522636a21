// engine/mapping/geojson.h
//
// Reads a geometry in GeoJSON in the order in which OpenSearch's parser meets its tokens, so that
// the same is refused for the same reason. Threads: pure functions.

#pragma once

#include "base/result.h"
#include "engine/mapping/field_value.h"
#include "engine/mapping/geometry.h"

namespace engine {

// `offset`: where the object begins in the document. `coerce`: rings that are open are closed.
base::Result<Geometry> ReadGeoJson(const Source& source, std::size_t offset, bool coerce);

}  // namespace engine
