#include "engine/mapping/geojson.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json/tree.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/coordinates.h"
#include "engine/mapping/json_tokens.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Result;
using base::Status;
using Type = Geometry::Type;

// A number with a unit behind it; meters without. The sign is all that counts.
Result<double> ParseDistance(std::string_view text) {
  for (const std::string_view unit :
       {"nauticalmiles", "millimeters", "centimeters", "kilometers", "meters", "miles", "yards",
        "inch", "feet", "nmi", "NM", "km", "mm", "cm", "mi", "yd", "ft", "in", "m"}) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    break;
  }
  return base::ParseDouble(text);
}

Status CheckOrientation(std::string_view text) {
  const std::string word = base::ToLowerAscii(text);
  for (const std::string_view known :
       {"right", "counterclockwise", "ccw", "left", "clockwise", "cw"}) {
    if (word == known) return {};
  }
  return IllegalArgument("Unknown orientation [" + std::string(text) + "]");
}

std::string UpperCase(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// The members of an object, as far as they were there.
struct Members {
  std::optional<std::string> type, orientation;
  std::optional<Coordinates> coordinates;
  std::optional<std::vector<Geometry>> geometries;
  std::optional<double> radius;
};

// A geometry's type, by its name in lower case; kCollection of parts of a type if it is MULTI.
struct NamedType {
  std::string_view name;
  Type type;
  bool many = false;
};
constexpr NamedType kTypes[] = {
    {"point", Type::kPoint},
    {"linestring", Type::kLine},
    {"polygon", Type::kPolygon},
    {"envelope", Type::kEnvelope},
    {"bbox", Type::kEnvelope},
    {"circle", Type::kCircle},
    {"geometrycollection", Type::kCollection},
    {"multipoint", Type::kPoint, true},
    {"multilinestring", Type::kLine, true},
    {"multipolygon", Type::kPolygon, true},
};

Status CheckNothingElse(const Members& members, bool oriented, bool round) {
  const auto unsupported = [&](const char* name) {
    return ParseError(std::string("parameter ") + name + " is not supported for type " +
                      *members.type);
  };
  const bool collection = base::ToLowerAscii(*members.type) == "geometrycollection";
  if (members.geometries && !collection) return unsupported("geometries");
  if (members.orientation && !oriented) return unsupported("orientation");
  return members.radius && !round ? unsupported("radius") : Status();
}

Result<Geometry> Build(Members& members, bool coerce) {
  if (members.orientation) RETURN_IF_ERROR(CheckOrientation(*members.orientation));
  const std::string name = base::ToLowerAscii(*members.type);
  const NamedType* named = std::ranges::find(kTypes, name, &NamedType::name);
  const bool known = named != std::end(kTypes);
  if (!known && name != "linearring") {
    return IllegalArgument("No enum constant org.opensearch.geometry.ShapeType." +
                           UpperCase(*members.type));
  }
  if (known && named->type == Type::kCollection) {
    if (!members.geometries) return ParseError("geometries not included");
    if (members.coordinates) {
      return ParseError("parameter coordinates is not supported for type " + *members.type);
    }
    RETURN_IF_ERROR(CheckNothingElse(members, false, false));
    Geometry all{.type = Type::kCollection, .lists = {}, .parts = *std::move(members.geometries)};
    RETURN_IF_ERROR(CheckCollection(all));
    return all;
  }
  if (!members.coordinates) return ParseError("coordinates not included");
  if (!known) return ParseError("unsupported shape type " + *members.type);
  const bool round = named->type == Type::kCircle;
  if (round && !members.radius) return ParseError("radius is not specified");
  RETURN_IF_ERROR(CheckNothingElse(members, named->type == Type::kPolygon, round));
  ASSIGN_OR_RETURN(Geometry built, named->many ? members.coordinates->AsMany(named->type, coerce)
                                               : members.coordinates->As(named->type, coerce));
  if (round) RETURN_IF_ERROR(CheckRadius(*members.radius));
  return built;
}

class Reader {
 public:
  Reader(const Source& source, std::size_t offset, bool coerce)
      : source_(source), tokens_(source.text, offset), coerce_(coerce) {}

  // At the object's first token, or before it.
  Result<Geometry> Read(int depth) {
    if (depth > kMaxShapeDepth) return ShapeTooDeep();
    if (tokens_.current() != Token::kStartObject && tokens_.Next() != Token::kStartObject) {
      return At("Expected START_OBJECT but was: " + std::string(NameOf(tokens_.current())));
    }
    Members members;
    std::string name;
    bool awaited = false;  // a value of `name`
    while (tokens_.Next() != Token::kEndObject && tokens_.current() != Token::kEnd) {
      RETURN_IF_ERROR(source_.task.Checkpoint());
      if (tokens_.current() == Token::kFieldName) {
        name = tokens_.Text();
        awaited = true;
      } else if (std::exchange(awaited, false)) {
        RETURN_IF_ERROR(ReadMember(name, members, depth));
      } else {
        tokens_.SkipChildren();
      }
    }
    if (!members.type) return IllegalArgument("Required [type]");
    auto built = Build(members, coerce_);
    if (built.ok()) return built;
    return Status(400, "x_content_parse_exception",
                  "Failed to build [geojson] after last required field arrived")
        .CausedBy(built.status());
  }

 private:
  // An error at the current token.
  Status At(std::string reason) const {
    const base::json::Location at = base::json::Locate(source_.text, tokens_.offset());
    return {400, "x_content_parse_exception",
            "[" + std::to_string(at.line) + ":" + std::to_string(at.column) + "] [geojson] " +
                std::move(reason)};
  }
  Status Failed(const std::string& name, Status cause) const {
    return At("failed to parse field [" + name + "]").CausedBy(std::move(cause));
  }

  Status ReadMember(const std::string& name, Members& members, int depth) {
    const Token token = tokens_.current();
    const bool array = name == "coordinates", objects = name == "geometries";
    if (!array && !objects && name != "type" && name != "orientation" && name != "radius") {
      tokens_.SkipChildren();
      return {};
    }
    const bool fits = array     ? token != Token::kStartObject
                      : objects ? token == Token::kStartArray || token == Token::kStartObject
                                : token == Token::kString;
    if (!fits) {
      return At(name + " doesn't support values of type: " + std::string(NameOf(token)));
    }
    if (array) return ReadCoordinates(members);
    if (objects) return ReadGeometries(members, depth);
    if (name == "type") members.type = tokens_.Text();
    if (name == "orientation") members.orientation = tokens_.Text();
    if (name == "radius") {
      const auto radius = ParseDistance(tokens_.Text());
      if (!radius.ok()) return Failed(name, radius.status());
      members.radius = *radius;
    }
    return {};
  }

  Status ReadCoordinates(Members& members) {
    const bool array = tokens_.current() == Token::kStartArray;
    auto coordinates = Coordinates::Read(tokens_, source_.task);
    if (!coordinates.ok()) return Failed("coordinates", coordinates.status());
    members.coordinates = *std::move(coordinates);
    if (!array || tokens_.current() == Token::kEndArray) return {};
    return {400, "illegal_state_exception", "parser for [coordinates] did not end on END_ARRAY"};
  }

  Status ReadGeometries(Members& members, int depth) {
    std::vector<Geometry>& all = members.geometries.emplace();
    const bool array = tokens_.current() == Token::kStartArray;
    while (!array || (tokens_.Next() != Token::kEndArray && tokens_.current() != Token::kEnd)) {
      if (tokens_.current() == Token::kStartArray) {
        return Failed("geometries",
                      {400, "illegal_state_exception", "expected value but got [START_ARRAY]"});
      }
      auto one = Read(depth + 1);
      if (!one.ok()) return Failed("geometries", one.status());
      all.push_back(*std::move(one));
      if (!array) break;
    }
    return {};
  }

  const Source& source_;
  JsonTokens tokens_;
  const bool coerce_;
};

}  // namespace

Result<Geometry> ReadGeoJson(const Source& source, std::size_t offset, bool coerce) {
  return Reader(source, offset, coerce).Read(0);
}

}  // namespace engine
