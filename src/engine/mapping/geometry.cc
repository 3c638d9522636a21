#include "engine/mapping/geometry.h"

#include <algorithm>

#include "base/text/numbers.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using Type = Geometry::Type;

std::string JavaDouble(double value) {
  std::string text;
  base::AppendJavaDouble(text, value);
  return text;
}

Status InvalidShape(std::string reason) {
  return {400, "invalid_shape_exception", std::move(reason)};
}

bool SamePlace(const Position& a, const Position& b) { return a.x == b.x && a.y == b.y; }

Status CheckHeights(const Geometry& geometry, const tasks::TaskContext& task, int depth) {
  if (depth > kMaxShapeDepth) return ShapeTooDeep();
  for (const Geometry& part : geometry.parts) RETURN_IF_ERROR(CheckHeights(part, task, depth + 1));
  if (geometry.type == Type::kEnvelope) return {};
  for (const Positions& list : geometry.lists) {
    RETURN_IF_ERROR(task.Checkpoint());
    const auto high = std::ranges::find_if(list, &Position::has_z);
    if (high == list.end()) continue;
    return IllegalArgument("found Z value [" + JavaDouble(high->z) +
                           "] but [ignore_z_value] parameter is [false]");
  }
  return {};
}

Status CheckLat(double lat) {
  if (lat >= -90 && lat <= 90) return {};
  return IllegalArgument("invalid latitude " + JavaDouble(lat) +
                         "; must be between -90.0 and 90.0");
}

Status CheckLon(double lon) {
  if (lon >= -180 && lon <= 180) return {};
  return IllegalArgument("invalid longitude " + JavaDouble(lon) +
                         "; must be between -180.0 and 180.0");
}

// Degrees out of range wrap around, unless they are none.
Status CheckDegrees(const Positions& list) {
  for (const Position& place : list) {
    if (!std::isfinite(place.y)) return CheckLat(std::numeric_limits<double>::quiet_NaN());
    if (!std::isfinite(place.x)) return CheckLon(std::numeric_limits<double>::quiet_NaN());
  }
  return {};
}

Status CheckBox(const Geometry& box) {
  if (box.lists.empty()) return IllegalArgument("at least three non-collinear points required");
  const Position& low = box.lists[0][0];
  const Position& high = box.lists[0][1];
  RETURN_IF_ERROR(CheckLat(low.y));
  RETURN_IF_ERROR(CheckLon(low.x));
  RETURN_IF_ERROR(CheckLon(high.x));
  RETURN_IF_ERROR(CheckLat(high.y));
  // Two boxes, if it crosses the dateline.
  const bool crosses = low.x > high.x;
  const bool narrow = crosses ? low.x == 180 || high.x == -180 : low.x == high.x;
  if (!narrow && low.y != high.y) return {};
  return IllegalArgument("at least three non-collinear points required");
}

// The turn at the southernmost point, and of these the westernmost, says which way round it goes.
Status CheckOrientation(const Positions& ring) {
  const std::size_t size = ring.size() - 1;
  std::size_t low = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (ring[i].y < ring[low].y || (ring[i].y == ring[low].y && ring[i].x < ring[low].x)) low = i;
  }
  const Position& before = ring[(low + size - 1) % size];
  const Position& behind = ring[(low + 1) % size];
  const Position& at = ring[low];
  const double turn =
      (at.x - before.x) * (behind.y - before.y) - (at.y - before.y) * (behind.x - before.x);
  if (turn != 0) return {};
  return InvalidShape("Cannot determine orientation: edges adjacent to (" + JavaDouble(at.x) + "," +
                      JavaDouble(at.y) + ") coincide");
}

Status CheckEdges(const Positions& ring, bool hole) {
  RETURN_IF_ERROR(CheckOrientation(ring));
  const auto twice = std::ranges::adjacent_find(ring, SamePlace);
  if (twice == ring.end()) return {};
  const std::string point = "POINT (" + JavaDouble(twice->x) + " " + JavaDouble(twice->y) + ")";
  return InvalidShape("Provided shape has duplicate consecutive coordinates at: " +
                      (hole ? point : "(" + point + ")"));
}

struct Bounds {
  explicit Bounds(const Positions& ring) {
    for (const Position& place : ring) {
      left = std::min(left, place.x), right = std::max(right, place.x);
      low = std::min(low, place.y), high = std::max(high, place.y);
    }
  }
  // OpenSearch asks whether the shell has an edge north or south of the hole, no more.
  bool LieWithinTheSameMeridians(const Bounds& other) const {
    return left <= other.right && other.left <= right;
  }
  // Neither wraps around nor is taken the other way round the earth.
  bool IsPlain() const {
    return left >= -180 && right <= 180 && low >= -90 && high <= 90 && right - left <= 180;
  }

  double left = HUGE_VAL, right = -HUGE_VAL, low = HUGE_VAL, high = -HUGE_VAL;
};

Status CheckRings(const Geometry& polygon, const tasks::TaskContext& task) {
  const Bounds shell(polygon.lists[0]);
  for (std::size_t i = 0; i < polygon.lists.size(); ++i) {
    RETURN_IF_ERROR(task.Checkpoint());
    RETURN_IF_ERROR(CheckDegrees(polygon.lists[i]));
    RETURN_IF_ERROR(CheckEdges(polygon.lists[i], i > 0));
  }
  const auto plain = [](const Positions& ring) { return Bounds(ring).IsPlain(); };
  if (!std::ranges::all_of(polygon.lists, plain)) return {};
  for (std::size_t i = 1; i < polygon.lists.size(); ++i) {
    if (!shell.LieWithinTheSameMeridians(Bounds(polygon.lists[i]))) {
      return InvalidShape("Invalid shape: Hole is not within polygon");
    }
  }
  return {};
}

// `something`: whether there is something to index.
Status CheckParts(const Geometry& geometry, const tasks::TaskContext& task, int depth,
                  bool& something) {
  if (depth > kMaxShapeDepth) return ShapeTooDeep();
  RETURN_IF_ERROR(task.Checkpoint());
  switch (geometry.type) {
    case Type::kCollection:
      for (const Geometry& part : geometry.parts) {
        RETURN_IF_ERROR(CheckParts(part, task, depth + 1, something));
      }
      return {};
    case Type::kCircle:
      return {400, "unsupported_operation_exception", "circle geometry is not supported"};
    case Type::kEnvelope:
      something = true;
      return CheckBox(geometry);
    case Type::kPoint:
      something = true;
      return geometry.lists.empty() ? Status() : CheckDegrees(geometry.lists[0]);
    case Type::kLine:
      something |= !geometry.lists.empty();
      return geometry.lists.empty() ? Status() : CheckDegrees(geometry.lists[0]);
    case Type::kPolygon:
      something |= !geometry.lists.empty();
      return geometry.lists.empty() ? Status() : CheckRings(geometry, task);
  }
  return {};
}

}  // namespace

Status ShapeTooDeep() {
  return IllegalArgument("a geometry collection with a depth greater than " +
                         std::to_string(kMaxShapeDepth) + " is not supported");
}

bool Geometry::has_z() const {
  if (type == Type::kCollection) return !parts.empty() && parts[0].has_z();
  return type != Type::kEnvelope && !lists.empty() && lists[0][0].has_z();
}

Status CheckLine(const Positions& line) {
  return line.size() < 2 ? IllegalArgument("at least two points in the line is required")
                         : Status();
}

Status CheckRing(const Positions& ring) {
  RETURN_IF_ERROR(CheckLine(ring));
  const Position& first = ring.front();
  const Position& last = ring.back();
  const bool high = first.has_z();
  if (SamePlace(first, last) && (!high || first.z == last.z)) return {};
  const std::string end = "[" + std::to_string(ring.size() - 1) + "]=";
  const auto both = [&](const char* name, double a, double b) {
    return std::string(" ") + name + "[0]=" + JavaDouble(a) + " " + name + end + JavaDouble(b);
  };
  return IllegalArgument(
      "first and last points of the linear ring must be the same (it must close itself):" +
      both("x", first.x, last.x) + both("y", first.y, last.y) +
      (high ? both("z", first.z, last.z) : ""));
}

Status CheckPolygon(const Geometry& polygon) {
  for (const Positions& ring : polygon.lists) {
    if (ring.size() < 4) return IllegalArgument("at least 4 polygon points required");
  }
  return {};
}

Status CheckEnvelope(const Geometry& envelope) {
  const Positions& corners = envelope.lists[0];
  // "min x" is OpenSearch's slip.
  return corners[1].y < corners[0].y ? IllegalArgument("max y cannot be less than min x")
                                     : Status();
}

Status CheckCollection(const Geometry& collection) {
  if (collection.parts.empty()) {
    return IllegalArgument("the list of shapes cannot be null or empty");
  }
  for (const Geometry& part : collection.parts) {
    if (part.has_z() == collection.parts[0].has_z()) continue;
    return IllegalArgument(
        "all elements of the collection should have the same number of dimension");
  }
  return {};
}

Status CheckRadius(double meters) {
  if (!(meters < 0)) return {};
  return IllegalArgument("Circle radius [" + JavaDouble(meters) + "] cannot be negative");
}

void CloseRing(Positions& ring) {
  if (ring.empty()) return;
  const Position first = ring.front();
  const bool same_height = !first.has_z() || first.z == ring.back().z;
  if (!SamePlace(first, ring.back()) || !same_height) ring.push_back(first);
}

Status CheckIndexable(const Geometry& geometry, bool ignore_z, const tasks::TaskContext& task) {
  if (!ignore_z) RETURN_IF_ERROR(CheckHeights(geometry, task, 0));
  bool something = false;
  RETURN_IF_ERROR(CheckParts(geometry, task, 0, something));
  if (something) return {};
  return {400, "null_pointer_exception", "Cannot assign field \"minY\" because \"root\" is null"};
}

}  // namespace engine
