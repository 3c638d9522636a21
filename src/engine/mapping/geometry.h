// engine/mapping/geometry.h
//
// A geometry as it was written, and what OpenSearch refuses of it when it is built and indexed.
//
// Not checked: whether the edges of a polygon cross, for which OpenSearch would fail to tessellate
// it. Lifetime: values. Threads: pure functions.

#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/status.h"
#include "tasks/task_context.h"

namespace engine {

// Of collections within each other, and of what else is nested in a shape.
constexpr int kMaxShapeDepth = 1000;

base::Status ShapeTooDeep();

struct Position {
  double x = 0, y = 0;
  double z = std::numeric_limits<double>::quiet_NaN();  // NaN: none

  bool has_z() const { return !std::isnan(z); }
};
using Positions = std::vector<Position>;

struct Geometry {
  enum class Type { kPoint, kLine, kPolygon, kEnvelope, kCircle, kCollection };

  Type type = Type::kPoint;
  // Of a point or a circle one, of a line one list, of a polygon its rings, of an envelope the
  // lower left and the upper right corner. None: the geometry is empty.
  std::vector<Positions> lists;
  std::vector<Geometry> parts;  // of a collection, which all that is MULTI is, too

  bool has_z() const;
};

// The checks of OpenSearch's constructors.
base::Status CheckLine(const Positions& line);
base::Status CheckRing(const Positions& ring);
base::Status CheckPolygon(const Geometry& polygon);
base::Status CheckEnvelope(const Geometry& envelope);
base::Status CheckCollection(const Geometry& collection);
base::Status CheckRadius(double meters);
// Closes a ring that is open.
void CloseRing(Positions& ring);

// What is refused of a geometry that was built, by its heights and by the index.
base::Status CheckIndexable(const Geometry& geometry, bool ignore_z,
                            const tasks::TaskContext& task);

}  // namespace engine
