// From JSON to a tree of fields.

#include <charconv>
#include <cmath>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "base/text/units.h"
#include "engine/mapping/completion_contexts.h"
#include "engine/mapping/date_format.h"
#include "engine/mapping/definition.h"
#include "engine/mapping/definition_text.h"
#include "engine/mapping/field_value.h"
#include "engine/mapping/geo_point.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;
using Form = Parameter::Form;

// Deeper than any limit a setting may give, shallow enough for the stack.
constexpr int kMaxNesting = kMaxMappingDepth + 10;  // a field, its multi-fields

Status BadMapping(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

std::string Quoted(std::string_view text) {
  std::string json;
  base::json::CompactWriter(json).String(text);
  return json;
}

std::string BoolJson(bool value) { return value ? "true" : "false"; }

std::string_view LeafOf(std::string_view path) { return path.substr(path.rfind('.') + 1); }

Result<std::string> ParseBoolValue(const Value& value) {
  ASSIGN_OR_RETURN(const bool parsed, base::ParseBool(value.text()));
  return BoolJson(parsed);
}

Result<std::string> ParseIntValue(const Value& value) {
  if (value.IsNumber()) {
    ASSIGN_OR_RETURN(const std::int64_t number, value.AsInt64());
    return std::to_string(number);
  }
  ASSIGN_OR_RETURN(const std::int32_t number, base::ParseInt32(value.text()));
  return std::to_string(number);
}

Status HasDecimalPart(const Value& value) {
  return IllegalArgument("Value [" + JavaText(value) + "] has a decimal part");
}

Result<std::string> ParseDoubleValue(const Value& value) {
  ASSIGN_OR_RETURN(const double number, base::ParseDouble(value.text()));
  std::string json;
  base::AppendJavaDouble(json, number);
  return json;
}

Result<std::string> ParseInteger(const FieldType& type, const Value& value) {
  const IntegerNames names = NamesOf(type.bits);
  const auto fits = [&](double number) {
    const double limit = std::ldexp(1.0, type.bits - 1);
    return number >= -limit && number < limit;
  };
  const auto whole = base::ParseInt64(value.text());
  if (whole.ok() && (type.bits == 64 || fits(static_cast<double>(*whole)))) {
    return std::to_string(*whole);
  }
  ASSIGN_OR_RETURN(const double number, base::ParseDouble(value.text()));
  if (!fits(number)) return OutOfRange(JavaText(value), names.article);
  if (std::trunc(number) != number) return HasDecimalPart(value);
  return std::to_string(static_cast<std::int64_t>(number));
}

Result<std::string> ParseUnsigned(const Value& value) {
  ASSIGN_OR_RETURN(const double number, base::ParseDouble(value.text()));
  // A double has too few digits near the top.
  std::uint64_t whole = 0;
  const std::string_view text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool exact = error == std::errc() && end == text.data() + text.size();
  if (!exact && !(number >= 0 && number < 0x1p64)) {
    return OutOfRange(JavaText(value), "an unsigned long");
  }
  if (std::trunc(number) != number) return HasDecimalPart(value);
  return value.IsNumber() ? std::string(value.text()) : Quoted(value.text());
}

Result<std::string> ParseReal(const FieldType& type, const Value& value) {
  ASSIGN_OR_RETURN(const double number, base::ParseDouble(value.text()));
  if (type.name != "scaled_float") RETURN_IF_ERROR(CheckFinite(type, number));
  return ParseDoubleValue(value);
}

// null_value of numbers and booleans: as the field's own values are shown.
Result<std::string> ParseOwnValue(const FieldType& type, const Value& value) {
  switch (type.kind) {
    case Kind::kInteger:
      return ParseInteger(type, value);
    case Kind::kUnsigned:
      return ParseUnsigned(value);
    case Kind::kReal:
      return ParseReal(type, value);
    case Kind::kBoolean:
      return ParseBoolValue(value);
    case Kind::kText:  // token_count
      return ParseIntValue(value);
    default:
      return value.IsNumber() ? std::string(value.text()) : Quoted(value.text());
  }
}

Result<std::string> ParseTexts(const Value& value) {
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginArray();
  if (value.IsArray()) {
    for (const Value* item : value.items()) writer.String(item->text());
  } else {
    writer.String(value.text());
  }
  writer.EndArray();
  return json;
}

Result<std::string> ParseMeta(std::string_view field, const Value& value) {
  if (!value.IsObject()) {
    return BadMapping("[meta] must be an object, got " + JavaText(value) + " for field [" +
                      std::string(field) + "]");
  }
  if (value.members().size() > 5) {
    return BadMapping("[meta] can't have more than 5 entries, but got " +
                      std::to_string(value.members().size()) + " on field [" + std::string(field) +
                      "]");
  }
  for (const base::json::Member& member : value.members()) {
    if (!member.value->IsString()) {
      const bool whole = member.value->IsInteger();
      return BadMapping("[meta] values can only be strings, but got " +
                        std::string(whole ? "Integer" : "Object") + "[" + JavaText(*member.value) +
                        "] for field [" + std::string(field) + "]");
    }
  }
  return value.ToString();
}

Result<std::string> ParseDynamic(const Value& value) {
  const std::string_view text = value.text();
  if (text == "strict" || text == "strict_allow_templates" || text == "false_allow_templates") {
    return Quoted(text);
  }
  const auto parsed = base::ParseBool(text);
  if (!parsed.ok()) {
    return IllegalArgument("Could not convert [dynamic.dynamic] to boolean")
        .CausedBy(parsed.status());
  }
  return Quoted(BoolJson(*parsed));
}

Result<std::string> ParseFormat(std::string_view field, const Value& value) {
  const auto format = DateFormat::Parse(value.text());
  if (!format.ok()) {
    return IllegalArgument("Error parsing [format] on field [" + std::string(field) +
                           "]: " + format.status().reason())
        .CausedBy(format.status());
  }
  return Quoted(value.text());
}

Result<std::string> ParseChoice(const Parameter& parameter, std::string_view field,
                                const Value& value) {
  const std::string text(value.text());
  if ((", " + std::string(parameter.choices) + ",").find(" " + text + ",") != std::string::npos) {
    return Quoted(text);
  }
  if (parameter.name == "similarity") {
    return BadMapping("Unknown Similarity type [" + text + "] for field [" + std::string(field) +
                      "]");
  }
  return BadMapping("Unknown value [" + text + "] for field [" + std::string(parameter.name) +
                    "] - accepted values are [" + std::string(parameter.choices) + "]");
}

Result<std::string> ParseParameter(const Draft& field, const Parameter& parameter,
                                   const Value& value) {
  const bool container = value.IsArray() || value.IsObject();
  const bool plain = parameter.form != Form::kTexts && parameter.form != Form::kMeta &&
                     parameter.form != Form::kRaw;
  if (plain && container) {
    return BadMapping("[" + std::string(parameter.name) + "] on mapper [" +
                      std::string(LeafOf(field.path)) + "] of type [" +
                      std::string(field.type->name) + "] must be a single value");
  }
  switch (parameter.form) {
    case Form::kBool:
      return ParseBoolValue(value);
    case Form::kInt:
      return ParseIntValue(value);
    case Form::kDouble:
      return ParseDoubleValue(value);
    case Form::kValue:
      return ParseOwnValue(*field.type, value);
    case Form::kTexts:
      return ParseTexts(value);
    case Form::kMeta:
      return ParseMeta(LeafOf(field.path), value);
    case Form::kDynamic:
      return ParseDynamic(value);
    case Form::kFormat:
      return ParseFormat(LeafOf(field.path), value);
    case Form::kChoice:
      return ParseChoice(parameter, LeafOf(field.path), value);
    case Form::kText:
      return Quoted(value.text());
    case Form::kRaw:
    case Form::kFields:
      break;
  }
  if (parameter.name == "contexts") return ParseContexts(value);
  if (parameter.name == "index_prefixes") return ParsePrefixes(value);
  if (parameter.name == "fielddata_frequency_filter") return ParseFrequencies(value);
  return value.ToString();
}

Status UnknownParameter(const Draft& field, const base::json::Member& member) {
  const std::string name(LeafOf(field.path));
  if (field.type->parametrized) {
    return BadMapping("unknown parameter [" + std::string(member.key) + "] on mapper [" + name +
                      "] of type [" + std::string(field.type->name) + "]");
  }
  return BadMapping("Mapping definition for [" + name + "] has unsupported parameters:  [" +
                    std::string(member.key) + " : " + JavaText(*member.value) + "]");
}

Status NullParameter(const Draft& field, std::string_view key) {
  return BadMapping("[" + std::string(key) + "] on mapper [" + std::string(LeafOf(field.path)) +
                    "] of type [" + std::string(field.type->name) +
                    "] must not have a [null] value");
}

// How deep what is read stands in the mapping's JSON, and the reading it is part of.
struct At {
  Reading& reading;
  int depth;
  At Below() const { return {reading, depth + 1}; }
};

Result<Draft> ParseNested(std::string path, const Value& body, bool multi, At at);

// What is said of a field that is there already. It counts once.
Status AddAgain(Draft& there, const Value& body, At at) {
  const std::int64_t counted = at.reading.counted();
  at.reading.ResetCount(0);
  ASSIGN_OR_RETURN(Draft again, ParseNested(there.path, body, false, at));
  const std::int64_t before = CountFields(there);
  RETURN_IF_ERROR(MergeField(there, std::move(again)));
  at.reading.ResetCount(counted);
  return at.reading.Count(CountFields(there) - before);
}

// The name of a field may go through `place` with a dot only if a mapping of such an object by its
// defaults, which that name stands for, could be merged with it.
Status CheckPlainObject(const Draft& place) {
  if (!place.type->IsObject()) {
    return IllegalArgument("mapper [" + place.path + "] cannot be changed from type [" +
                           std::string(place.type->name) + "] to [ObjectMapper]");
  }
  if (place.type->kind == Kind::kNested)
    return IllegalArgument("cannot change object mapping from nested to non-nested");
  if (place.Bool("enabled")) return {};
  return {500, "mapper_exception",
          "the [enabled] parameter can't be updated for the object mapping [" + place.path + "]"};
}

// Puts a field in its place, which `name` may spell with dots.
Status AddChild(Draft& parent, std::string_view name, const Value& body, At at) {
  Draft* place = &parent;
  std::string_view rest = name;
  while (rest.ends_with('.')) rest.remove_suffix(1);  // they do not count
  if (rest.empty() && !name.empty()) return BadMapping("Invalid field name " + std::string(name));
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    const std::string part(rest.substr(0, dot));
    rest.remove_prefix(dot + 1);
    if (part.empty()) return IllegalArgument("name cannot be empty string");
    if (++at.depth > kMaxNesting) {
      return IllegalArgument("Limit of mapping depth has been exceeded");
    }
    const std::string path = ChildPath(place->path, part);
    const auto [there, added] = place->children.try_emplace(part, path, ObjectType());
    if (added) RETURN_IF_ERROR(at.reading.Enter(path, true));
    place = &there->second;
    RETURN_IF_ERROR(CheckPlainObject(*place));
  }
  if (rest.empty()) return IllegalArgument("name cannot be empty string");
  const auto there = place->children.find(std::string(rest));
  if (there != place->children.end()) return AddAgain(there->second, body, at.Below());
  ASSIGN_OR_RETURN(Draft child, ParseNested(ChildPath(place->path, rest), body, false, at.Below()));
  place->children.emplace(rest, std::move(child));
  return {};
}

Status ParseProperties(Draft& object, const Value& properties, At at) {
  if (properties.IsArray() && properties.items().empty()) return {};
  if (!properties.IsObject()) {
    return base::ParseError("properties must be a map type");
  }
  for (const base::json::Member& member : properties.members()) {
    if (!member.value->IsObject()) {
      return BadMapping("Expected map for property [fields] on field [" + std::string(member.key) +
                        "] but got a class java.lang.String");
    }
    RETURN_IF_ERROR(AddChild(object, member.key, *member.value, at));
  }
  return {};
}

Status ParseMultiFields(Draft& field, const Value& fields, At at) {
  if (fields.IsArray() && fields.items().empty()) return {};
  if (!fields.IsObject()) {
    return BadMapping("expected map for property [fields] on field [" + field.path +
                      "] but got a " +
                      (fields.IsArray() ? "class java.util.ArrayList" : "class java.lang.String"));
  }
  for (const base::json::Member& member : fields.members()) {
    const std::string name(member.key);
    if (name.find('.') != std::string::npos) {
      return BadMapping("Field name [" + name + "] which is a multi field of [" +
                        std::string(LeafOf(field.path)) + "] cannot contain '.'");
    }
    if (!member.value->IsObject()) {
      return BadMapping("illegal field [" + name + "], only fields can be specified inside fields");
    }
    ASSIGN_OR_RETURN(Draft child,
                     ParseNested(ChildPath(field.path, name), *member.value, true, at.Below()));
    field.children.insert_or_assign(name, std::move(child));
  }
  return {};
}

Result<const FieldType*> TypeOf(std::string_view name, const Value& body) {
  const Value* type = body.Find("type");
  if (type == nullptr || type->IsNull()) {
    const bool object = body.Find("properties") != nullptr ||
                        (body.members().size() == 1 && body.Find("enabled") != nullptr);
    if (object) return &ObjectType();
    return BadMapping("No type specified for field [" + std::string(name) + "]");
  }
  const FieldType* found = FindFieldType(type->text());
  if (found != nullptr) return found;
  return BadMapping("No handler for type [" + JavaText(*type) + "] declared on field [" +
                    std::string(name) + "]");
}

Status CheckRequired(const Draft& field) {
  const std::string name(LeafOf(field.path));
  for (std::size_t i = 0; i < field.type->parameters.size(); ++i) {
    if (!field.type->parameters[i].required || !field.values[i].empty()) continue;
    switch (field.type->kind) {
      case Kind::kAlias:
        return BadMapping("The [path] property must be specified for field [" + name + "].");
      case Kind::kConstant:
        return base::ParseError("Field [" + name + "] is missing required parameter [value]");
      case Kind::kText:
        return BadMapping("Analyzer must be set for field [" + name + "] but wasn't.");
      default:
        return IllegalArgument("Field [" + std::string(field.type->parameters[i].name) +
                               "] is required");
    }
  }
  if (field.type->name != "scaled_float") return {};
  const auto factor = base::ParseDouble(field.Value("scaling_factor"));
  if (factor.ok() && *factor > 0 && *factor < 1e300) return {};
  return IllegalArgument("[scaling_factor] must be a positive number, got [" +
                         std::string(field.Value("scaling_factor")) + "]");
}

Status ParseMember(Draft& field, const base::json::Member& member, At at) {
  if (member.key == "type") return {};
  const int index = field.type->IndexOf(member.key);
  if (index < 0) {
    return field.type->LetsPass(member.key) ? Status() : UnknownParameter(field, member);
  }
  const Parameter& parameter = field.type->parameters[static_cast<std::size_t>(index)];
  if (parameter.form == Form::kFields) {
    return parameter.name == "properties" ? ParseProperties(field, *member.value, at)
                                          : ParseMultiFields(field, *member.value, at);
  }
  if (member.value->IsNull()) {
    if (parameter.name == "null_value") return {};
    return NullParameter(field, member.key);
  }
  ASSIGN_OR_RETURN(std::string json, ParseParameter(field, parameter, *member.value));
  field.values.Set(static_cast<std::size_t>(index), std::move(json));
  return {};
}

Result<Draft> ParseNested(std::string path, const Value& body, bool multi, At at) {
  if (at.depth > kMaxNesting) return IllegalArgument("Limit of mapping depth has been exceeded");
  ASSIGN_OR_RETURN(const FieldType* type, TypeOf(LeafOf(path), body));
  if (multi && (type->IsObject() || type->kind == Kind::kAlias || type->kind == Kind::kJoin)) {
    return BadMapping("Type [" + std::string(type->name) + "] cannot be used in multi field");
  }
  RETURN_IF_ERROR(at.reading.Enter(path, type->IsObject()));
  Draft field(std::move(path), *type);
  for (const base::json::Member& member : body.members()) {
    RETURN_IF_ERROR(ParseMember(field, member, at));
  }
  if (type->kind == Kind::kGeoPoint) RETURN_IF_ERROR(ReadNullPoint(field));
  if (type->IndexOf("search_analyzer") >= 0) RETURN_IF_ERROR(FinishText(field));
  RETURN_IF_ERROR(CheckRequired(field));
  return field;
}

bool IsMetadataField(std::string_view name) {
  return name == "_id" || name == "_index" || name == "_source" || name == "_routing" ||
         name == "_field_names" || name == "_version" || name == "_seq_no" || name == "_ignored" ||
         name == "_nested_path" || name == "_doc_count" || name == "_feature" ||
         name == "_data_stream_timestamp";
}

}  // namespace

Result<Draft> ParseField(std::string path, const Value& body, Reading& reading) {
  return ParseNested(std::move(path), body, false, {reading, 0});
}

Result<MappingDraft> ParseMapping(std::string_view json, Reading& reading) {
  if (json.empty()) return MappingDraft();
  const auto document = base::json::Document::Parse(json, reading.json_options());
  if (document.ok()) return ParseMapping(document->root(), reading);
  return BadMapping("Failed to parse mapping").CausedBy(document.status());
}

Result<MappingDraft> ParseMapping(const Value& root, Reading& reading) {
  MappingDraft draft;
  if (!root.IsObject()) return BadMapping("an object is expected");
  if (root.members().size() == 1 && root.members()[0].key == "_doc") {
    return IllegalArgument("The mapping definition cannot be nested under a type");
  }
  std::string unknown;
  for (const base::json::Member& member : root.members()) {
    RETURN_IF_ERROR(reading.Step());
    bool known = true;
    if (member.key == "dynamic" || member.key == "enabled" || member.key == "properties") {
      RETURN_IF_ERROR(ParseMember(draft.root, member, {reading, 0}));
    } else {
      RETURN_IF_ERROR(ParseOption(member.key, *member.value, reading, draft.options, known));
    }
    if (!known) {
      unknown += " [" + std::string(member.key) + " : " + JavaText(*member.value) + "]";
    }
  }
  if (!unknown.empty()) {
    return BadMapping("Root mapping definition has unsupported parameters: " + unknown);
  }
  for (const auto& entry : draft.root.children) {
    if (IsMetadataField(entry.first)) {
      return BadMapping("Field [" + entry.first + "] is defined more than once");
    }
  }
  return draft;
}

}  // namespace engine
