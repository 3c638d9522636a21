#include "engine/mapping/structured_value.h"

#include <algorithm>
#include <cmath>

#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/scalars.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using base::json::Member;
using base::json::Value;

Status ParseError(std::string reason) { return {400, "parse_exception", std::move(reason)}; }

std::string TokenName(const Value& value) {
  if (value.IsObject()) return "START_OBJECT";
  if (value.IsArray()) return "START_ARRAY";
  if (value.IsNumber()) return "VALUE_NUMBER";
  if (value.IsBool()) return "VALUE_BOOLEAN";
  return value.IsNull() ? "VALUE_NULL" : "VALUE_STRING";
}

std::string JavaDouble(double value) {
  std::string text;
  base::AppendJavaDouble(text, value);
  return text;
}

Status CheckLatLon(const FieldNode& field, double lat, double lon) {
  if (field.ignore_malformed) return {};
  const std::string path = field.definition->path;
  if (!(std::abs(lat) <= 90)) {
    return IllegalArgument("illegal latitude value [" + JavaDouble(lat) + "] for " + path);
  }
  if (!(std::abs(lon) <= 180)) {
    return IllegalArgument("illegal longitude value [" + JavaDouble(lon) + "] for " + path);
  }
  return {};
}

Status CheckGeohash(std::string_view text) {
  for (const char c : text) {
    if (std::string_view("0123456789bcdefghjkmnpqrstuvwxyz").find(c) == std::string_view::npos) {
      const std::string reason =
          "unsupported symbol [" + std::string(1, c) + "] in geohash [" + std::string(text) + "]";
      return ParseError(reason).CausedBy(IllegalArgument(reason));
    }
  }
  return text.empty() ? ParseError("empty geohash") : Status();
}

Status CheckPointText(const FieldNode& field, std::string_view text) {
  if (text.starts_with("POINT") || text.starts_with("point")) {
    return text.find('(') != std::string_view::npos && text.ends_with(')')
               ? Status()
               : ParseError("failed to parse WKT point");
  }
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return CheckGeohash(text);
  const std::string_view second = text.substr(comma + 1);
  const auto lat = base::ParseDouble(base::TrimAscii(text.substr(0, comma)));
  if (!lat.ok()) return ParseError("latitude must be a number");
  const auto lon = base::ParseDouble(base::TrimAscii(second.substr(0, second.find(','))));
  if (!lon.ok()) return ParseError("longitude must be a number");
  return CheckLatLon(field, *lat, *lon);
}

Status CheckPointObject(const FieldNode& field, const Value& point) {
  if (const Value* hash = point.Find("geohash")) return CheckGeohash(hash->text());
  if (point.Find("coordinates") != nullptr || point.Find("type") != nullptr) {
    const Value* coordinates = point.Find("coordinates");
    if (coordinates == nullptr) return ParseError("field [coordinates] missing");
    if (coordinates->items().size() < 2) return ParseError("[coordinates] must be an array");
    const auto lon = base::ParseDouble(coordinates->items()[0]->text());
    const auto lat = base::ParseDouble(coordinates->items()[1]->text());
    if (!lat.ok() || !lon.ok()) return ParseError("[coordinates] must be valid double values");
    return CheckLatLon(field, *lat, *lon);
  }
  for (const Member& member : point.members()) {
    if (member.key != "lat" && member.key != "lon") {
      return ParseError("field must be either [lon|lat], [type|coordinates], or [geohash]");
    }
  }
  double numbers[2] = {};
  int i = 0;
  for (const char* key : {"lat", "lon"}) {
    const Value* value = point.Find(key);
    if (value == nullptr) return ParseError("field [" + std::string(key) + "] missing");
    const auto number = base::ParseDouble(value->text());
    if (!number.ok()) {
      return ParseError("[lon] and [lat] must be valid double values").CausedBy(number.status());
    }
    numbers[i++] = *number;
  }
  return CheckLatLon(field, numbers[0], numbers[1]);
}

Status CheckPoint(const FieldNode& field, const Value& value) {
  if (value.IsString()) return CheckPointText(field, value.text());
  if (value.IsObject()) return CheckPointObject(field, value);
  if (!value.IsArray()) return ParseError("geo_point expected");
  if (value.items().size() < 2 || value.items().size() > 3) {
    return ParseError("[geo_point] field type does not accept less than 2 or more than 3 values");
  }
  double numbers[2] = {};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto number = base::ParseDouble(value.items()[i]->text());
    if (!number.ok()) return ParseError("numeric value expected");
    numbers[i] = *number;
  }
  return CheckLatLon(field, numbers[1], numbers[0]);
}

Status CheckShape(const Value& value) {
  if (value.IsString()) {
    const std::string word =
        base::ToLowerAscii(value.text().substr(0, value.text().find_first_of(" (")));
    constexpr std::string_view kWords[] = {
        "point",        "multipoint", "linestring", "multilinestring",   "polygon",
        "multipolygon", "bbox",       "envelope",   "geometrycollection"};
    for (const std::string_view known : kWords) {
      if (word == known) return {};
    }
    return IllegalArgument("Unknown geometry type: " + word);
  }
  if (!value.IsObject()) {
    return ParseError("shape must be an object consisting of type and coordinates");
  }
  const Value* type = value.Find("type");
  if (type == nullptr || !type->IsString()) return ParseError("shape type not included");
  const bool collection = base::ToLowerAscii(type->text()) == "geometrycollection";
  if (value.Find(collection ? "geometries" : "coordinates") == nullptr) {
    return ParseError("shape coordinates not included");
  }
  return {};
}

Status CheckFlat(const FieldNode& field, const Value& value) {
  if (value.IsObject()) return {};
  return {400, "parsing_exception",
          "[" + field.definition->path + "] unexpected token [" + TokenName(value) +
              "] in flat_object field value"};
}

Status CheckBound(const FieldNode& field, const Value& bound) {
  const std::string_view type = field.definition->type->name;
  if (bound.IsNull()) return {};
  if (type == "ip_range") {
    return IsIpAddress(bound.text()) ? Status()
                                     : IllegalArgument("'" + std::string(bound.text()) +
                                                       "' is not an IP string literal.");
  }
  if (type == "date_range") {
    const Status date = CheckDate(field, bound.text());
    if (date.ok()) return {};
    return ParseError(date.reason() + ": [" + date.reason() + "]").CausedBy(date);
  }
  return base::ParseDouble(bound.text()).status();
}

Status CheckRange(const FieldNode& field, const Value& value) {
  const std::string name = field.definition->path.substr(field.definition->path.rfind('.') + 1);
  if (field.definition->type->name == "ip_range" && value.IsString()) {
    const std::size_t slash = value.text().find('/');
    if (slash != std::string_view::npos && IsIpAddress(value.text().substr(0, slash))) return {};
    return IllegalArgument("Expected [ip/prefix] but was [" + std::string(value.text()) + "]");
  }
  if (!value.IsObject()) {
    return {400, "mapper_parsing_exception",
            "error parsing field [" + name + "], expected an object but got " + name};
  }
  double from = -INFINITY, to = INFINITY;
  for (const Member& member : value.members()) {
    const bool lower = member.key == "gt" || member.key == "gte" || member.key == "from";
    const bool upper = member.key == "lt" || member.key == "lte" || member.key == "to";
    if (member.key == "include_lower" || member.key == "include_upper") continue;
    if (!lower && !upper) {
      return {400, "mapper_parsing_exception",
              "error parsing field [" + name + "], with unknown parameter [" +
                  std::string(member.key) + "]"};
    }
    RETURN_IF_ERROR(CheckBound(field, *member.value));
    const auto number = base::ParseDouble(member.value->text());
    if (number.ok()) (lower ? from : to) = *number;
  }
  const std::string_view type = field.definition->type->name;
  if (from <= to || type == "date_range" || type == "ip_range") return {};
  const bool whole = type == "integer_range" || type == "long_range";
  const auto shown = [&](double bound) {
    return whole ? std::to_string(static_cast<std::int64_t>(std::clamp(bound, -0x1p62, 0x1p62)))
                 : JavaDouble(bound);
  };
  return IllegalArgument("min value (" + shown(from) + ") is greater than max value (" + shown(to) +
                         ")");
}

Status CheckCompletion(const FieldNode& field, const Value& value) {
  if (value.IsString() || value.IsNull()) return {};
  if (!value.IsObject()) {
    return {400, "parsing_exception",
            "failed to parse [" + field.definition->path + "]: expected text or object, but got " +
                TokenName(value)};
  }
  for (const Member& member : value.members()) {
    if (member.key == "input" || member.key == "contexts") continue;
    if (member.key != "weight") {
      return IllegalArgument("unknown field name [" + std::string(member.key) +
                             "], must be one of [input, weight, contexts]");
    }
    const auto weight = base::ParseInt64(member.value->text());
    if (!weight.ok()) {
      return IllegalArgument("weight must be an integer, but was [" +
                             std::string(member.value->text()) + "]");
    }
    if (*weight < 0 || *weight > INT32_MAX) {
      return IllegalArgument("weight must be in the interval [0..2147483647], but was [" +
                             std::to_string(*weight) + "]");
    }
  }
  return {};
}

// A name that the relations know; a child also says whose it is.
Status CheckJoin(const FieldNode& field, const Value& value) {
  if (!value.IsObject() && !value.IsString()) {
    return base::Internal("[null] expected START_OBJECT or VALUE_STRING but was: " +
                          TokenName(value));
  }
  const Value* name_value = value.IsObject() ? value.Find("name") : &value;
  const std::string name(name_value == nullptr ? "" : name_value->text());
  const std::string path = field.definition->path;
  if (name_value == nullptr) return IllegalArgument("null join name in field [" + path + "]");
  const auto relations = base::json::Document::Parse(field.definition->Value("relations"));
  bool known = false, child = false;
  if (relations.ok()) {
    for (const Member& member : relations->root().members()) {
      known |= member.key == name;
      child |= member.value->IsString() && member.value->text() == name;
      for (const Value* item : member.value->items()) child |= item->text() == name;
    }
  }
  if (!known && !child) {
    return IllegalArgument("unknown join name [" + name + "] for field [" + path + "]");
  }
  if (child && (!value.IsObject() || value.Find("parent") == nullptr)) {
    return IllegalArgument("[parent] is missing for join field [" + path + "]");
  }
  return {};
}

Status CheckOneFeature(const Value& value, std::string_view feature, std::string_view on) {
  const auto number = base::ParseFloat(value.text());
  if (!number.ok()) return number.status();
  if (*number >= 1.17549435E-38f && std::isfinite(*number)) return {};
  std::string text = "featureValue must be a positive normal float, got: ";
  base::AppendJavaFloat(text, *number);
  text += " for feature " + std::string(feature) + " on field " + std::string(on) +
          " which is less than the minimum positive normal float: 1.17549435E-38";
  return IllegalArgument(std::move(text));
}

Status CheckFeatures(const FieldNode& field, const Value& value) {
  if (!value.IsObject()) {
    return IllegalArgument(
        "[rank_features] fields must be json objects, expected a START_OBJECT but got: " +
        TokenName(value));
  }
  for (const Member& member : value.members()) {
    if (member.value->IsNull()) continue;
    RETURN_IF_ERROR(CheckOneFeature(*member.value, member.key, field.definition->path));
  }
  return {};
}

}  // namespace

Status CheckStructured(const FieldNode& field, const Value& value) {
  switch (field.kind) {
    case Kind::kGeoPoint:
      return CheckPoint(field, value);
    case Kind::kShape:
      return CheckShape(value);
    case Kind::kFlat:
      return CheckFlat(field, value);
    case Kind::kRange:
      return CheckRange(field, value);
    case Kind::kComplete:
      return CheckCompletion(field, value);
    case Kind::kJoin:
      return CheckJoin(field, value);
    case Kind::kFeature:
      return CheckOneFeature(value, field.definition->path, "_feature");
    case Kind::kFeatures:
      return CheckFeatures(field, value);
    default:
      return {};
  }
}

}  // namespace engine
