#include "engine/mapping/geo_point.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/json/compact_writer.h"
#include "base/json/diagnose.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Status;
using base::json::Member;
using base::json::Value;

constexpr char kOneOf[] = "field must be either [lon|lat], [type|coordinates], or [geohash]";

std::string JavaDouble(double value) {
  std::string text;
  base::AppendJavaDouble(text, value);
  return text;
}

// What the mapping says of the points of a field.
struct Rules {
  bool any_range = false;                  // ignore_malformed
  bool refuses_height = false;             // ignore_z_value is false
  std::string whose;                       // ends the reasons: " for location", or nothing
  std::vector<GeoPoint>* found = nullptr;  // takes the points of a field's value, unless null

  void Found(const GeoPoint& point) const {
    if (found != nullptr) found->push_back(point);
  }
};

Status Take(const Rules& rules, double lat, double lon, GeoPoint& point) {
  point = {lat, lon};
  if (rules.any_range) return {};
  if (!(std::abs(lat) <= 90)) {
    return IllegalArgument("illegal latitude value [" + JavaDouble(lat) + "]" + rules.whose);
  }
  if (!(std::abs(lon) <= 180)) {
    return IllegalArgument("illegal longitude value [" + JavaDouble(lon) + "]" + rules.whose);
  }
  return {};
}

std::string ForbiddenHeight(double z) {
  return "found Z value [" + JavaDouble(z) + "] but [ignore_z_value] parameter is [false]";
}

// A height may stand there, and is not kept.
Status CheckHeight(const Rules& rules, double z) {
  if (!rules.refuses_height) return {};
  return ParseError("Exception parsing coordinates: " + ForbiddenHeight(z));
}

// The lower left corner of the cell, from at most 12 characters: 31 bits a number, longitude first.
Status ReadGeohash(std::string_view text, GeoPoint& point) {
  constexpr std::string_view kSymbols = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr double kScale = 0x1p31;
  std::uint32_t lat = 0, lon = 0;
  int bit = 0;
  for (const char c : text) {
    const std::size_t symbol = kSymbols.find(c);
    if (symbol == std::string_view::npos) {
      const std::string reason =
          "unsupported symbol [" + std::string(1, c) + "] in geohash [" + std::string(text) + "]";
      return ParseError(reason).CausedBy(IllegalArgument(reason));
    }
    for (int i = 4; i >= 0 && bit < 60; --i, ++bit) {
      const auto one = static_cast<std::uint32_t>(symbol >> i & 1) << (30 - bit / 2);
      (bit % 2 == 0 ? lon : lat) |= one;
    }
  }
  if (text.empty()) return ParseError("empty geohash").CausedBy(IllegalArgument("empty geohash"));
  point = {lat / (kScale / 180) - 90, lon / (kScale / 360) - 180};
  return {};
}

// At most three words of what is between the parentheses of "POINT (1 2)".
Status ReadWktNumbers(const Rules& rules, std::string_view inside, GeoPoint& point) {
  std::vector<double> numbers;
  while (!(inside = base::TrimAscii(inside)).empty()) {
    const std::string_view word = inside.substr(0, inside.find_first_of(" \t\r\n,"));
    if (numbers.size() == 3) return ParseError("expected ) but found: " + std::string(word));
    const auto number = base::ParseDouble(word);
    if (!number.ok()) return ParseError("invalid number found: " + std::string(word));
    numbers.push_back(*number);
    inside.remove_prefix(word.size());
  }
  if (numbers.size() < 2) return ParseError("expected number but found: ')'");
  if (!(std::abs(numbers[1]) <= 90)) {
    return IllegalArgument("invalid latitude " + JavaDouble(numbers[1]) +
                           "; must be between -90.0 and 90.0");
  }
  if (!(std::abs(numbers[0]) <= 180)) {
    return IllegalArgument("invalid longitude " + JavaDouble(numbers[0]) +
                           "; must be between -180.0 and 180.0");
  }
  point = {numbers[1], numbers[0]};
  const bool forbidden = numbers.size() == 3 && rules.refuses_height;
  return forbidden ? IllegalArgument(ForbiddenHeight(numbers[2])) : Status();
}

Status ReadWkt(const Rules& rules, std::string_view text, GeoPoint& point) {
  const std::size_t open = text.find('(');
  const std::string word = base::ToLowerAscii(base::TrimAscii(text.substr(0, open)));
  if (open == text.npos && word.starts_with("point") &&
      base::TrimAscii(std::string_view(word).substr(5)) == "empty") {
    return {};
  }
  Status cause;
  if (word != "point" || open == text.npos) {
    cause = ParseError("Unknown geometry type: " + word);
  } else if (text.back() != ')') {
    cause = ParseError("expected word but found: END-OF-STREAM");
  } else {
    cause = ReadWktNumbers(rules, text.substr(open + 1, text.size() - open - 2), point);
  }
  return cause.ok() ? Status() : ParseError("Invalid WKT format").CausedBy(std::move(cause));
}

Status ReadText(const Rules& rules, std::string_view text, GeoPoint& point) {
  if (base::ToLowerAscii(text).find("point") != std::string::npos) {
    return ReadWkt(rules, text, point);
  }
  if (text.find(',') == text.npos) return ReadGeohash(text, point);
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  if (parts.size() > 3) {
    return ParseError("failed to parse [" + std::string(text) +
                      "], expected 2 or 3 coordinates but found: [" + std::to_string(parts.size()) +
                      "]");
  }
  if (parts.empty()) return ParseError("latitude must be a number");
  const auto lat = base::ParseDouble(base::TrimAscii(parts[0]));
  if (!lat.ok()) return ParseError("latitude must be a number");
  if (parts.size() == 1) return ParseError("longitude must be a number");
  const auto lon = base::ParseDouble(base::TrimAscii(parts[1]));
  if (!lon.ok()) return ParseError("longitude must be a number");
  if (parts.size() == 3) {
    const std::string_view height = base::TrimAscii(parts[2]);
    const auto z = base::ParseDouble(height);
    if (!z.ok()) return base::NumberFormat(height);
    RETURN_IF_ERROR(CheckHeight(rules, *z));
  }
  return Take(rules, *lat, *lon, point);
}

// [lon, lat] or [lon, lat, z]
Status ReadNumbers(const Rules& rules, const Value& array, GeoPoint& point) {
  std::vector<double> numbers;
  for (const Value* item : array.items()) {
    if (!item->IsNumber()) return ParseError("numeric value expected");
    if (numbers.size() == 3) {
      return ParseError("[geo_point] field type does not accept more than 3 values");
    }
    numbers.push_back(*base::ParseDouble(item->text()));
    if (numbers.size() == 3) RETURN_IF_ERROR(CheckHeight(rules, numbers[2]));
  }
  if (numbers.size() < 2) {
    return ParseError("[geo_point] field type should have at least two dimensions");
  }
  return Take(rules, numbers[1], numbers[0], point);
}

Status ReadGeoJson(const Rules& rules, const Value& object, GeoPoint& point) {
  const Value* const type = object.Find("type");
  const Value* const coordinates = object.Find("coordinates");
  if (type != nullptr && !type->IsString()) return ParseError("type must be a string");
  if (coordinates != nullptr && !coordinates->IsArray()) {
    return ParseError("coordinates must be an array");
  }
  if (type != nullptr && base::ToLowerAscii(type->text()) != "point") {
    return ParseError("type must be Point");
  }
  if (coordinates == nullptr) return ParseError("field [coordinates] missing");
  RETURN_IF_ERROR(ReadNumbers(rules, *coordinates, point));
  return type == nullptr ? ParseError("field [type] missing") : Status();
}

Status ReadLatLon(const Rules& rules, const Value& object, GeoPoint& point) {
  double numbers[2] = {};
  int i = 0;
  for (const char* key : {"lat", "lon"}) {
    const Value* value = object.Find(key);
    if (value == nullptr) return ParseError("field [" + std::string(key) + "] missing");
    if (!value->IsNumber() && !value->IsString()) {
      return ParseError(std::string(key) + " must be a number");
    }
    const auto number = base::ParseDouble(value->text());
    if (!number.ok()) {
      return ParseError("[lon] and [lat] must be valid double values").CausedBy(number.status());
    }
    numbers[i++] = *number;
  }
  return Take(rules, numbers[0], numbers[1], point);
}

Status ReadObject(const Rules& rules, const Value& object, GeoPoint& point) {
  if (object.members().empty()) return ParseError("token [END_OBJECT] not allowed");
  bool named = false, hashed = false, typed = false;
  for (const Member& member : object.members()) {
    const bool one = member.key == "lat" || member.key == "lon";
    const bool json = member.key == "type" || member.key == "coordinates";
    if (!one && !json && member.key != "geohash") return ParseError(kOneOf);
    (one ? named : json ? typed : hashed) = true;
    if (static_cast<int>(named) + static_cast<int>(hashed) + static_cast<int>(typed) > 1) {
      return ParseError(kOneOf);
    }
  }
  if (typed) return ReadGeoJson(rules, object, point);
  if (!hashed) return ReadLatLon(rules, object, point);
  const Value& hash = *object.Find("geohash");
  return hash.IsString() ? ReadGeohash(hash.text(), point) : ParseError("geohash must be a string");
}

// One point, which is what a member of an array of points may be.
Status ReadPoint(const Rules& rules, const Value& value, GeoPoint& point) {
  if (value.IsString()) return ReadText(rules, value.text(), point);
  if (value.IsObject()) return ReadObject(rules, value, point);
  return value.IsArray() ? ReadNumbers(rules, value, point) : ParseError("geo_point expected");
}

// The first number of an array stands alone in it.
Status NoSecondNumber(const Value& first, std::string_view source) {
  const std::size_t end = source.find(']', first.offset());
  return base::json::ErrorAt("json_parse_exception",
                             "Current token (END_ARRAY) not numeric, can not use numeric value "
                             "accessors",
                             source, std::min(end, source.size() - 1) + 1);
}

Status CheckPoints(const Rules& rules, const Value& value, const Source& source, int depth);

// [lon, lat], [lon, lat, z], or, as OpenSearch leaves the array after three numbers, these and any
// values of the field behind them.
Status CheckFlat(const Rules& rules, const Value& array, const Source& source, int depth) {
  const auto items = array.items();
  if (items.size() < 2) return NoSecondNumber(*items[0], source.text);
  if (!items[1]->IsNumber() && !items[1]->IsString()) return NotNumeric(*items[1], source.text);
  ASSIGN_OR_RETURN(const double lat, base::ParseDouble(items[1]->text()));
  if (items.size() > 2) {
    if (!items[2]->IsNumber()) return ParseError("field type does not accept > 3 dimensions");
    RETURN_IF_ERROR(CheckHeight(rules, *base::ParseDouble(items[2]->text())));
  }
  GeoPoint point;
  RETURN_IF_ERROR(Take(rules, lat, *base::ParseDouble(items[0]->text()), point));
  rules.Found(point);
  for (std::size_t i = 3; i < items.size(); ++i) {
    RETURN_IF_ERROR(source.task.Checkpoint());
    if (items[i]->IsNull()) continue;
    RETURN_IF_ERROR(CheckPoints(rules, *items[i], source, depth + 1));
  }
  return {};
}

Status CheckPoints(const Rules& rules, const Value& value, const Source& source, int depth) {
  constexpr int kMaxDepth = 1000;  // of what the parser of documents takes
  if (depth > kMaxDepth) return ParseError("geo_point expected");
  GeoPoint point;
  if (!value.IsArray()) {
    RETURN_IF_ERROR(ReadPoint(rules, value, point));
    rules.Found(point);
    return {};
  }
  const auto items = value.items();
  if (!items.empty() && items[0]->IsNumber()) return CheckFlat(rules, value, source, depth);
  for (const Value* item : items) {
    RETURN_IF_ERROR(source.task.Checkpoint());
    RETURN_IF_ERROR(ReadPoint(rules, *item, point));
    rules.Found(point);
  }
  return {};
}

// Into -180 (excluded) to 180.
double CenteredModulus(double degrees) {
  double rest = std::fmod(degrees, 360);
  if (rest <= 0) rest += 360;
  return rest > 180 ? rest - 360 : rest;
}

GeoPoint Normalized(GeoPoint point) {
  const bool over = std::abs(point.lat) > 90;
  if (over) {
    point.lat = CenteredModulus(point.lat);
    if (std::abs(point.lat) > 90) {
      point.lat = (point.lat < 0 ? -180 : 180) - point.lat;
      point.lon += 180;
    }
  }
  if (over || std::abs(point.lon) > 180) point.lon = CenteredModulus(point.lon);
  return point;
}

Rules RulesOf(const FieldNode& field) {
  return {field.ignore_malformed, field.definition->Value("ignore_z_value") == "false",
          " for " + field.definition->path};
}

}  // namespace

Status CheckGeoPoint(const FieldNode& field, const Value& value, const Source& source) {
  return CheckPoints(RulesOf(field), value, source, 0);
}

std::vector<GeoPoint> ReadGeoPoints(const FieldNode& field, const Value& value,
                                    const Source& source) {
  std::vector<GeoPoint> points;
  Rules rules = RulesOf(field);
  rules.found = &points;
  CheckPoints(rules, value, source, 0).Ignore();
  for (GeoPoint& point : points) point = Normalized(point);
  return points;
}

Status ReadNullPoint(Draft& field) {
  const std::string_view json = field.Value("null_value");
  if (json.empty()) return {};
  ASSIGN_OR_RETURN(const auto document, base::json::Document::Parse(json));
  const Rules rules = {field.Bool("ignore_malformed"), !field.Bool("ignore_z_value"), ""};
  GeoPoint point;
  RETURN_IF_ERROR(ReadPoint(rules, document.root(), point));
  point = Normalized(point);
  std::string shown;
  base::json::CompactWriter writer(shown);
  writer.BeginObject();
  writer.RawField("lat", JavaDouble(point.lat));
  writer.RawField("lon", JavaDouble(point.lon));
  writer.EndObject();
  field.values.Set(static_cast<std::size_t>(field.type->IndexOf("null_value")), std::move(shown));
  return {};
}

}  // namespace engine
