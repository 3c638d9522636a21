#include "engine/mapping/coordinates.h"

#include <string>
#include <utility>

#include "base/text/numbers.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Result;
using base::Status;
using Type = Geometry::Type;

Status Exception(std::string reason) { return {400, "exception", std::move(reason)}; }
Status NullPointer(std::string reason) {
  return {400, "null_pointer_exception", std::move(reason)};
}

}  // namespace

Result<Position> Coordinates::ReadPosition(JsonTokens& tokens) {
  const auto number = [&tokens](double& value) {
    if (tokens.current() != Token::kNumber) return false;
    value = *base::ParseDouble(tokens.Text());
    return true;
  };
  Position place;
  if (!number(place.x)) return ParseError("geo coordinates must be numbers");
  tokens.Next();
  if (!number(place.y)) return ParseError("geo coordinates must be numbers");
  tokens.Next();
  if (number(place.z) && tokens.Next() == Token::kNumber) {
    return ParseError("geo coordinates greater than 3 dimensions are not supported");
  }
  return place;
}

Result<bool> Coordinates::HasHeight(std::size_t node) const {
  while (nodes_[node].list) {
    if (nodes_[node].end == node + 1) {
      return Exception("attempting to get number of dimensions on an empty coordinate node");
    }
    ++node;
  }
  return nodes_[node].place.has_z();
}

Status Coordinates::Complete(std::size_t node, List& list) const {
  if (list.members++ == 0) return {};
  ASSIGN_OR_RETURN(const bool first, HasHeight(list.node + 1));
  ASSIGN_OR_RETURN(const bool last, HasHeight(node));
  if (first == last) return {};
  return ParseError("Exception parsing coordinates: number of dimensions do not match");
}

// OpenSearch takes the opening bracket of each member for granted: a member that is a number after
// the first position of a list is passed over, and its list found to be an empty one.
Result<Coordinates> Coordinates::Read(JsonTokens& tokens, const tasks::TaskContext& task) {
  Coordinates read;
  std::vector<List> open;
  for (;;) {
    RETURN_IF_ERROR(task.Checkpoint());
    const std::size_t begun = read.nodes_.size();
    const Token token = tokens.Next();
    if (token == Token::kNull) {
      return IllegalArgument("coordinates cannot contain NULL values)");
    }
    const bool list = token == Token::kStartArray || token == Token::kEndArray;
    read.nodes_.push_back({.end = begun + 1, .list = list});
    if (list) {
      if (open.size() >= kMaxShapeDepth) return ShapeTooDeep();
      open.push_back({begun});
    } else {
      ASSIGN_OR_RETURN(read.nodes_.back().place, ReadPosition(tokens));
      if (open.empty()) return read;
      RETURN_IF_ERROR(read.Complete(begun, open.back()));
      tokens.Next();
    }
    while (tokens.current() == Token::kEndArray) {
      const std::size_t ended = open.back().node;
      open.pop_back();
      read.nodes_[ended].end = read.nodes_.size();
      if (open.empty()) return read;
      RETURN_IF_ERROR(read.Complete(ended, open.back()));
      tokens.Next();
    }
  }
}

std::vector<std::size_t> Coordinates::Members(std::size_t list) const {
  std::vector<std::size_t> members;
  for (std::size_t at = list + 1; at < nodes_[list].end; at = nodes_[at].end) {
    members.push_back(at);
  }
  return members;
}

Result<Position> Coordinates::PointOf(std::size_t node) const {
  if (nodes_[node].list) return Exception("expected a single points but got a list");
  return nodes_[node].place;
}

Result<Positions> Coordinates::LineOf(std::size_t node, bool close) const {
  if (!nodes_[node].list) return Exception("expected a list of points but got a point");
  Positions line;
  const std::vector<std::size_t> members = Members(node);
  if (members.size() < 2) return Exception("not enough points to build a line");
  for (const std::size_t member : members) {
    ASSIGN_OR_RETURN(const Position place, PointOf(member));
    line.push_back(place);
  }
  if (close) CloseRing(line);
  return line;
}

Result<Geometry> Coordinates::EnvelopeOf(std::size_t node) const {
  if (!nodes_[node].list) {
    return NullPointer("Cannot invoke \"java.util.List.size()\" because \"this.children\" is null");
  }
  const std::vector<std::size_t> members = Members(node);
  if (members.size() != 2) {
    return ParseError("invalid number of points [" + std::to_string(members.size()) +
                      "] provided for geo_shape [ENVELOPE] when expecting an array of 2 "
                      "coordinates");
  }
  for (const std::size_t member : members) {
    if (!nodes_[member].list) continue;
    const char* name = member == members[0] ? "uL" : "lR";
    return NullPointer("Cannot invoke \"org.opensearch.geometry.Point.getX()\" because \"" +
                       std::string(name) + "\" is null");
  }
  const Position& upper_left = nodes_[members[0]].place;
  const Position& lower_right = nodes_[members[1]].place;
  Geometry box{.type = Type::kEnvelope,
               .lists = {{{upper_left.x, lower_right.y}, {lower_right.x, upper_left.y}}},
               .parts = {}};
  RETURN_IF_ERROR(CheckEnvelope(box));
  return box;
}

Result<Geometry> Coordinates::Of(std::size_t node, Type type, bool coerce) const {
  Geometry built{.type = type};
  if (type == Type::kEnvelope) return EnvelopeOf(node);
  if (type == Type::kPoint || type == Type::kCircle) {
    ASSIGN_OR_RETURN(const Position place, PointOf(node));
    built.lists.push_back({place});
    return built;
  }
  if (type == Type::kLine) {
    ASSIGN_OR_RETURN(Positions line, LineOf(node, false));
    built.lists.push_back(std::move(line));
    return built;
  }
  if (!nodes_[node].list) return Exception("expected a list of points but got a point");
  for (const std::size_t member : Members(node)) {
    ASSIGN_OR_RETURN(Positions ring, LineOf(member, coerce));
    RETURN_IF_ERROR(CheckRing(ring));
    built.lists.push_back(std::move(ring));
  }
  if (built.lists.empty()) {
    return Status(400, "index_out_of_bounds_exception", "Index 0 out of bounds for length 0");
  }
  RETURN_IF_ERROR(CheckPolygon(built));
  return built;
}

Result<Geometry> Coordinates::AsMany(Type type, bool coerce) const {
  if (!nodes_[0].list) return Exception("expected a list of points but got a point");
  Geometry all{.type = Type::kCollection};
  for (const std::size_t member : Members(0)) {
    ASSIGN_OR_RETURN(Geometry part, Of(member, type, coerce));
    all.parts.push_back(std::move(part));
  }
  RETURN_IF_ERROR(CheckCollection(all));
  return all;
}

}  // namespace engine
