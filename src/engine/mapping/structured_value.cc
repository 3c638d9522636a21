#include "engine/mapping/structured_value.h"

#include <algorithm>
#include <cmath>

#include "base/json/diagnose.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/completion_contexts.h"
#include "engine/mapping/geo_point.h"
#include "engine/mapping/geojson.h"
#include "engine/mapping/range_value.h"
#include "engine/mapping/wkt.h"
#include "tasks/memory/reservation.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Status;
using base::json::Member;
using base::json::Value;

std::string TokenName(const Value& value) {
  if (value.IsObject()) return "START_OBJECT";
  if (value.IsArray()) return "START_ARRAY";
  if (value.IsNumber()) return "VALUE_NUMBER";
  if (value.IsBool()) return "VALUE_BOOLEAN";
  return value.IsNull() ? "VALUE_NULL" : "VALUE_STRING";
}

Status CheckShape(const FieldNode& field, const Value& value, const Source& source) {
  if (!value.IsString() && !value.IsObject()) {
    return ParseError("shape must be an object consisting of type and coordinates");
  }
  // A position takes six bytes of text at least, and some forty as it is read and kept.
  tasks::Reservation memory(source.task, tasks::Breaker::kRequest, "<parse>");
  const std::size_t size =
      value.IsString() ? value.text().size() : source.text.size() - value.offset();
  RETURN_IF_ERROR(memory.Resize(static_cast<std::int64_t>(size) * 16));
  const bool coerce = field.definition->Bool("coerce");
  ASSIGN_OR_RETURN(const Geometry geometry, value.IsString()
                                                ? ReadWkt(value.text(), coerce, source.task)
                                                : ReadGeoJson(source, value.offset(), coerce));
  return CheckIndexable(geometry, field.definition->Bool("ignore_z_value"), source.task);
}

Status CheckFlat(const FieldNode& field, const Value& value, std::string_view source) {
  if (value.IsObject()) return {};
  return base::json::ParsingError("[" + field.definition->path + "] unexpected token [" +
                                      TokenName(value) + "] in flat_object field value",
                                  source, value.offset());
}

Status CheckInput(const Value& input) {
  if (input.IsString()) return {};
  if (!input.IsArray()) {
    return IllegalArgument("input must be a string or array, but was [" + TokenName(input) + "]");
  }
  for (const Value* item : input.items()) {
    if (item->IsString()) continue;
    return IllegalArgument("input array must have string values, but was [" + TokenName(*item) +
                           "]");
  }
  return {};
}

// `name` is the field's, but "null" within an array.
Status CheckSuggestion(const FieldNode& field, std::string_view name, const Value& value,
                       std::string_view source) {
  if (value.IsString()) return {};
  if (!value.IsObject()) {
    return base::json::ParsingError("failed to parse [" + std::string(name) +
                                        "]: expected text or object, but got " + TokenName(value),
                                    source, value.offset());
  }
  for (const Member& member : value.members()) {
    if (member.key == "contexts") {
      RETURN_IF_ERROR(CheckContexts(field, *member.value));
      continue;
    }
    if (member.key == "input") {
      RETURN_IF_ERROR(CheckInput(*member.value));
      continue;
    }
    if (member.key != "weight") {
      return IllegalArgument("unknown field name [" + std::string(member.key) +
                             "], must be one of [input, weight, contexts]");
    }
    if (!member.value->IsNumber() && !member.value->IsString()) {
      return IllegalArgument("weight must be a number or string, but was [" +
                             TokenName(*member.value) + "]");
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

Status CheckCompletion(const FieldNode& field, const Value& value, const Source& source) {
  if (!value.IsArray()) return CheckSuggestion(field, field.name(), value, source.text);
  for (const Value* item : value.items()) {
    RETURN_IF_ERROR(source.task.Checkpoint());
    RETURN_IF_ERROR(CheckSuggestion(field, "null", *item, source.text));
  }
  return {};
}

// A name that the relations know; a child also says whose it is.
Status CheckJoin(const FieldNode& field, const Value& value, const Source& source) {
  if (!value.IsObject() && !value.IsString()) {
    return base::Internal("[null] expected START_OBJECT or VALUE_STRING but was: " +
                          TokenName(value));
  }
  for (const Member& member : value.members()) {
    const bool known =
        member.key == "parent" || (member.key == "name" && !member.value->IsNumber());
    if (!known) {
      return IllegalArgument("unknown field name [" + std::string(member.key) +
                             "] in join field [" + field.definition->path + "]");
    }
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
  const Value* const parent = value.IsObject() ? value.Find("parent") : nullptr;
  if (child && (parent == nullptr || (!parent->IsString() && !parent->IsNumber()))) {
    return IllegalArgument("[parent] is missing for join field [" + path + "]");
  }
  if (child && source.routing.empty()) {
    return IllegalArgument("[routing] is missing for join field [" + path + "]");
  }
  return {};
}

Status CheckOneFeature(const Value& value, std::string_view feature, std::string_view on) {
  const auto number = base::ParseFloat(value.text());
  if (!number.ok()) return number.status();
  if (*number >= 1.17549435E-38f && std::isfinite(*number)) return {};
  if (!std::isfinite(*number)) {
    std::string shown = "featureValue must be finite, got: ";
    base::AppendJavaFloat(shown, *number);
    return IllegalArgument(shown + " for feature " + std::string(feature) + " on field " +
                           std::string(on));
  }
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
    if (!member.value->IsNumber() && !member.value->IsString()) {
      return IllegalArgument(
          "[rank_features] fields take hashes that map a feature to a strictly positive float, but "
          "got unexpected token " +
          TokenName(*member.value));
    }
    RETURN_IF_ERROR(CheckOneFeature(*member.value, member.key, field.definition->path));
  }
  return {};
}

}  // namespace

Status CheckStructured(const FieldNode& field, const Value& value, const Source& source) {
  switch (field.kind) {
    case Kind::kGeoPoint:
      return CheckGeoPoint(field, value, source);
    case Kind::kShape:
      return CheckShape(field, value, source);
    case Kind::kFlat:
      return CheckFlat(field, value, source.text);
    case Kind::kRange:
      return CheckRange(field, value, source);
    case Kind::kComplete:
      return CheckCompletion(field, value, source);
    case Kind::kJoin:
      return CheckJoin(field, value, source);
    case Kind::kFeature:
      if (!value.IsNumber() && !value.IsString()) return NotNumeric(value, source.text);
      return CheckOneFeature(value, field.definition->path, "_feature");
    case Kind::kFeatures:
      return CheckFeatures(field, value);
    default:
      return {};
  }
}

}  // namespace engine
