// engine/mapping/geo_point.h
//
// Whether a value of a document is a point: "lat,lon", a geohash, WKT, [lon, lat],
// {"lat":…,"lon":…},
// {"geohash":…} or GeoJSON. Threads: pure functions.

#pragma once

#include "base/json/tree.h"
#include "engine/mapping/check_plan.h"

namespace engine {

base::Status CheckGeoPoint(const FieldNode& field, const base::json::Value& value);

}  // namespace engine
