// engine/mapping/geo_point.h
//
// Reads the values of geo_point fields: "lat,lon", a geohash, WKT, [lon, lat], {"lat":…,"lon":…},
// {"geohash":…}, GeoJSON, and arrays of these. Threads: pure functions.

#pragma once

#include <vector>

#include "base/json/tree.h"
#include "base/status.h"
#include "engine/mapping/definition.h"
#include "engine/mapping/field_value.h"

namespace engine {

// `value` is one value of the field: an array counts as one.
base::Status CheckGeoPoint(const FieldNode& field, const base::json::Value& value,
                           const Source& source);

struct GeoPoint {
  double lat = 0, lon = 0;  // degrees
};
// The points of a value that CheckGeoPoint() takes, in their order and in range.
std::vector<GeoPoint> ReadGeoPoints(const FieldNode& field, const base::json::Value& value,
                                    const Source& source);

// Reads the `null_value` of a geo_point field, which is one point and no array of points, and
// writes it back as OpenSearch shows it. With `ignore_malformed`, degrees out of range wrap around.
base::Status ReadNullPoint(Draft& field);

}  // namespace engine
