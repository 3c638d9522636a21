#include "engine/mapping/geo_point.h"

#include <cmath>
#include <optional>
#include <vector>

#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Status;
using base::json::Member;
using base::json::Value;

constexpr char kOneOf[] = "field must be either [lon|lat], [type|coordinates], or [geohash]";

Status ParseError(std::string reason) { return {400, "parse_exception", std::move(reason)}; }

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

std::string ForbiddenHeight(double z) {
  return "found Z value [" + JavaDouble(z) + "] but [ignore_z_value] parameter is [false]";
}

// A height may stand there, and is not kept.
Status CheckHeight(const FieldNode& field, double z) {
  if (field.definition->Value("ignore_z_value") != "false") return {};
  return ParseError("Exception parsing coordinates: " + ForbiddenHeight(z));
}

Status CheckGeohash(std::string_view text) {
  for (const char c : text) {
    if (std::string_view("0123456789bcdefghjkmnpqrstuvwxyz").find(c) == std::string_view::npos) {
      const std::string reason =
          "unsupported symbol [" + std::string(1, c) + "] in geohash [" + std::string(text) + "]";
      return ParseError(reason).CausedBy(IllegalArgument(reason));
    }
  }
  return text.empty() ? ParseError("empty geohash").CausedBy(IllegalArgument("empty geohash"))
                      : Status();
}

// At most three words of what is between the parentheses of "POINT (1 2)".
Status CheckWktNumbers(const FieldNode& field, std::string_view inside) {
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
  const bool forbidden = numbers.size() == 3 && !CheckHeight(field, numbers[2]).ok();
  return forbidden ? IllegalArgument(ForbiddenHeight(numbers[2])) : Status();
}

Status CheckWkt(const FieldNode& field, std::string_view text) {
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
    cause = CheckWktNumbers(field, text.substr(open + 1, text.size() - open - 2));
  }
  return cause.ok() ? Status() : ParseError("Invalid WKT format").CausedBy(std::move(cause));
}

Status CheckText(const FieldNode& field, std::string_view text) {
  if (base::ToLowerAscii(text).find("point") != std::string::npos) return CheckWkt(field, text);
  if (text.find(',') == text.npos) return CheckGeohash(text);
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
    RETURN_IF_ERROR(CheckHeight(field, *z));
  }
  return CheckLatLon(field, *lat, *lon);
}

// [lon, lat] or [lon, lat, z]
Status CheckNumbers(const FieldNode& field, const Value& array, const char* too_many) {
  std::vector<double> numbers;
  for (const Value* item : array.items()) {
    if (numbers.size() == 3) return ParseError(too_many);
    if (!item->IsNumber()) return ParseError("numeric value expected");
    numbers.push_back(*base::ParseDouble(item->text()));
  }
  if (numbers.size() < 2) {
    return ParseError("[geo_point] field type should have at least two dimensions");
  }
  if (numbers.size() == 3) RETURN_IF_ERROR(CheckHeight(field, numbers[2]));
  return CheckLatLon(field, numbers[1], numbers[0]);
}

Status CheckArray(const FieldNode& field, const Value& array) {
  const auto& items = array.items();
  if (!items.empty() && items[0]->IsNumber()) {
    if (items.size() > 3) return ParseError("geo_point expected");
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (items[i]->IsNumber()) continue;
      if (i == 2) return ParseError("field type does not accept > 3 dimensions");
      if (items[i]->IsString() && base::ParseDouble(items[i]->text()).ok()) {
        return CheckLatLon(field, *base::ParseDouble(items[i]->text()),
                           *base::ParseDouble(items[0]->text()));
      }
      return items[i]->IsString() ? base::NumberFormat(items[i]->text())
                                  : ParseError("numeric value expected");
    }
    return CheckNumbers(field, array, "geo_point expected");
  }
  return ParseError("geo_point expected");
}

Status CheckGeoJson(const FieldNode& field, const Value& point) {
  const Value* const type = point.Find("type");
  const Value* const coordinates = point.Find("coordinates");
  if (type != nullptr && !type->IsString()) return ParseError("type must be a string");
  if (coordinates != nullptr && !coordinates->IsArray()) {
    return ParseError("coordinates must be an array");
  }
  if (type != nullptr && base::ToLowerAscii(type->text()) != "point") {
    return ParseError("type must be Point");
  }
  if (coordinates == nullptr) return ParseError("field [coordinates] missing");
  RETURN_IF_ERROR(CheckNumbers(field, *coordinates,
                               "[geo_point] field type does not accept more than 3 values"));
  return type == nullptr ? ParseError("field [type] missing") : Status();
}

Status CheckLatLonObject(const FieldNode& field, const Value& point) {
  double numbers[2] = {};
  int i = 0;
  for (const char* key : {"lat", "lon"}) {
    const Value* value = point.Find(key);
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
  return CheckLatLon(field, numbers[0], numbers[1]);
}

Status CheckObject(const FieldNode& field, const Value& point) {
  bool named = false, hashed = false, typed = false;
  for (const Member& member : point.members()) {
    const bool one = member.key == "lat" || member.key == "lon";
    const bool json = member.key == "type" || member.key == "coordinates";
    if (!one && !json && member.key != "geohash") return ParseError(kOneOf);
    (one ? named : json ? typed : hashed) = true;
    if (static_cast<int>(named) + static_cast<int>(hashed) + static_cast<int>(typed) > 1) {
      return ParseError(kOneOf);
    }
  }
  if (typed) return CheckGeoJson(field, point);
  if (!hashed) return CheckLatLonObject(field, point);
  const Value& hash = *point.Find("geohash");
  return hash.IsString() ? CheckGeohash(hash.text()) : ParseError("geohash must be a string");
}

}  // namespace

Status CheckGeoPoint(const FieldNode& field, const Value& value) {
  if (value.IsString()) return CheckText(field, value.text());
  if (value.IsObject()) return CheckObject(field, value);
  return value.IsArray() ? CheckArray(field, value) : ParseError("geo_point expected");
}

}  // namespace engine
