// engine/mapping/coordinates.h
//
// The member `coordinates` of a GeoJSON object: positions in arrays of any depth, of which a
// geometry of a given type is made.
//
// Lifetime: values. Threads: one.

#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "engine/mapping/geometry.h"
#include "engine/mapping/json_tokens.h"

namespace engine {

class Coordinates {
 public:
  // Begins at the first token of the value. Ends, as OpenSearch's parser does, where the array was
  // taken for complete.
  static base::Result<Coordinates> Read(JsonTokens& tokens, const tasks::TaskContext& task);

  base::Result<Geometry> As(Geometry::Type type, bool coerce) const { return Of(0, type, coerce); }
  // A collection of such parts.
  base::Result<Geometry> AsMany(Geometry::Type type, bool coerce) const;

 private:
  // Nodes in the order in which they begin; those below a list follow it until `end`.
  struct Node {
    Position place;
    std::size_t end = 0;
    bool list = false;
  };
  struct List {
    std::size_t node;         // its place among the nodes
    std::size_t members = 0;  // complete ones
  };

  static base::Result<Position> ReadPosition(JsonTokens& tokens);
  base::Result<bool> HasHeight(std::size_t node) const;
  // After a member of the innermost list has been read.
  base::Status Complete(std::size_t node, List& list) const;

  std::vector<std::size_t> Members(std::size_t list) const;
  base::Result<Position> PointOf(std::size_t node) const;
  base::Result<Positions> LineOf(std::size_t node, bool close) const;
  base::Result<Geometry> EnvelopeOf(std::size_t node) const;
  base::Result<Geometry> Of(std::size_t node, Geometry::Type type, bool coerce) const;

  std::vector<Node> nodes_;
};

}  // namespace engine
