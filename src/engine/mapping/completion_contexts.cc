#include "engine/mapping/completion_contexts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace engine {

namespace {

using base::IllegalArgument;
using base::ParseError;
using base::Result;
using base::Status;
using base::json::Value;

struct Unit {
  std::string_view suffix;
  double meters;
};
// A suffix before those that it ends with.
constexpr Unit kUnits[] = {{"nmi", 1852},  {"km", 1000},     {"mm", 0.001},
                           {"cm", 0.01},   {"mi", 1609.344}, {"in", 0.0254},
                           {"ft", 0.3048}, {"yd", 0.9144},   {"m", 1}};
constexpr std::int64_t kDefaultLevel = 6, kFinestLevel = 24;

// Characters of the geohash whose cells are about that large.
std::int64_t LevelOf(double meters) {
  if (meters == 0) return kFinestLevel;
  const double equator = 2 * std::numbers::pi * 6'378'137.0;
  const double meridian = std::numbers::pi * 6'356'752.314245;
  const double width = meters / (1 + meridian / equator);
  const auto bits =
      static_cast<std::int64_t>(2 * std::floor(std::log2(std::ceil(equator / width))));
  return std::max<std::int64_t>(1, bits / 5);
}

// A number of characters, or a distance.
Result<std::int64_t> ParsePrecision(const Value& value) {
  if (value.IsNumber()) return value.AsInt64();
  std::string_view text = value.text();
  double meters = 1;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    text.remove_suffix(unit.suffix.size());
    meters = unit.meters;
    break;
  }
  ASSIGN_OR_RETURN(const double number, base::ParseDouble(text));
  return LevelOf(number * meters);
}

Status WriteContext(const Value& context, base::json::Writer& writer) {
  const auto text = [&](std::string_view key) {
    const Value* const value = context.Find(key);
    return value == nullptr ? std::string() : std::string(value->text());
  };
  for (const char* key : {"name", "type"}) {
    if (context.Find(key) == nullptr)
      return ParseError("missing [" + std::string(key) + "] in context mapping");
  }
  const std::string type = base::ToLowerAscii(text("type"));
  const bool geo = type == "geo";
  if (!geo && type != "category")
    return IllegalArgument("No context type for [" + text("type") + "]");
  for (const base::json::Member& member : context.members()) {
    if (member.key == "name" || member.key == "type" || member.key == "path") continue;
    if (geo && member.key == "precision") continue;
    return {400, "mapper_parsing_exception",
            "Mapping definition for [" + text("name") + "] has unsupported parameters:  [" +
                std::string(member.key) + " : " + JavaText(*member.value) + "]"};
  }
  writer.BeginObject();
  writer.Field("name", text("name"));
  writer.Field("type", geo ? "GEO" : "CATEGORY");
  if (geo) {
    const Value* const precision = context.Find("precision");
    std::int64_t level = kDefaultLevel;
    if (precision != nullptr) {
      ASSIGN_OR_RETURN(level, ParsePrecision(*precision));
    }
    writer.Field("precision", level);
  }
  if (context.Find("path") != nullptr) writer.Field("path", text("path"));
  writer.EndObject();
  return {};
}

// A value that stands for categories.
Status CheckCategories(const Value& value) {
  const auto scalar = [](const Value* one) {
    return one->IsString() || one->IsNumber() || one->IsBool();
  };
  if (scalar(&value) || (value.IsArray() && std::ranges::all_of(value.items(), scalar))) return {};
  const auto bad = value.IsArray() ? *std::ranges::find_if_not(value.items(), scalar) : &value;
  const char* const token = bad->IsNull()     ? "VALUE_NULL"
                            : bad->IsObject() ? "START_OBJECT"
                                              : "START_ARRAY";
  return ParseError(std::string("contexts must be a string, number or boolean or a list of string, "
                                "number or boolean, but was [") +
                    token + "]");
}

}  // namespace

Result<std::string> ParseContexts(const Value& value) {
  if (!value.IsArray() && !value.IsObject())
    return ParseError("expected a list or an entry of context mapping");
  if (value.IsArray() && value.items().empty())
    return ParseError("expected at least one context mapping");
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginArray();
  if (value.IsObject()) {
    RETURN_IF_ERROR(WriteContext(value, writer));
  } else {
    for (const Value* context : value.items()) {
      if (!context->IsObject()) return ParseError("expected an entry of context mapping");
      RETURN_IF_ERROR(WriteContext(*context, writer));
    }
  }
  writer.EndArray();
  return json;
}

Status CheckContexts(const FieldNode& field, const Value& given) {
  const std::string_view json = field.definition->Value("contexts");
  if (json.empty()) {
    return IllegalArgument("contexts field is not supported for field: [" + field.definition->path +
                           "]");
  }
  if (!given.IsObject()) {
    const char* const token = given.IsArray()    ? "START_ARRAY"
                              : given.IsString() ? "VALUE_STRING"
                              : given.IsNull()   ? "VALUE_NULL"
                              : given.IsBool()   ? "VALUE_BOOLEAN"
                                                 : "VALUE_NUMBER";
    return IllegalArgument(std::string("contexts must be an object or an array , but was [") +
                           token + "]");
  }
  ASSIGN_OR_RETURN(const auto known, base::json::Document::Parse(json));
  const auto contexts = known.root().items();
  const auto name_of = [](const Value* context) { return context->Find("name")->text(); };
  for (const base::json::Member& member : given.members()) {
    const auto found = std::ranges::find(contexts, member.key, name_of);
    if (found == contexts.end()) {
      std::vector<std::string> names;
      for (const Value* context : contexts) names.emplace_back(name_of(context));
      return IllegalArgument("Unknown context name [" + std::string(member.key) +
                             "], must be one of [" + base::Join(names, ", ") + "]");
    }
    if ((*found)->Find("type")->text() == "CATEGORY") {
      RETURN_IF_ERROR(CheckCategories(*member.value));
    }
  }
  return {};
}

Status CheckContextsGiven(const FieldNode& field, const Value& suggestion) {
  const std::string_view json = field.definition->Value("contexts");
  if (json.empty() || json.find("\"path\":") != json.npos) return {};
  const Value* const given = suggestion.Find("contexts");
  const bool any = given != nullptr &&
                   std::ranges::any_of(given->members(), [](const base::json::Member& member) {
                     return !member.value->IsArray() || !member.value->items().empty();
                   });
  if (any) return {};
  return IllegalArgument("Contexts are mandatory in context enabled completion field [" +
                         field.definition->path + "]");
}

}  // namespace engine
