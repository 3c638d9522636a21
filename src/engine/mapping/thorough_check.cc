#include "engine/mapping/thorough_check.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/field_value.h"
#include "engine/mapping/reading.h"
#include "tasks/memory/parsed_json.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;

Status BadDocument(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

// As the parser of documents tells what is not about one field.
Status Wrapped(Status cause) { return BadDocument("failed to parse").CausedBy(std::move(cause)); }

constexpr std::string_view kDocCount = "_doc_count";

bool IsMetadataField(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "_id",     "_index",   "_source",  "_routing",     "_field_names",  "_version",
      "_seq_no", "_ignored", "_feature", "_nested_path", "_primary_term", "_data_stream_timestamp"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

Status AmbiguousName(std::string_view key) {
  return IllegalArgument(
      "object field starting or ending with a [.] makes object resolution ambiguous: [" +
      std::string(key) + "]");
}

Status NoObject(std::string_view key, const std::string& path, std::string_view type) {
  return BadDocument("Could not dynamically add mapping for field [" + std::string(key) +
                     "]. Existing mapping for [" + path + "] must be of type object but found [" +
                     std::string(type) + "].");
}

// The name without the dots at its end, which do not count, if each of its parts is a valid one.
Result<std::string_view> CheckName(std::string_view key) {
  if (key.empty()) return IllegalArgument("field name cannot be an empty string");
  std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) return key;
  std::string_view name = key;
  while (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return IllegalArgument("field name cannot contain only the character [.]");
  for (std::size_t begin = 0;; begin = dot + 1) {
    dot = std::min(name.find('.', begin), name.size());
    const std::string_view part = name.substr(begin, dot - begin);
    if (part.empty()) return AmbiguousName(key);
    if (base::TrimAscii(part).empty()) {
      return IllegalArgument("object field cannot contain only whitespace: ['" + std::string(key) +
                             "']");
    }
    if (dot == name.size()) return name;
  }
}

// Where a new field lies is told in other words than for a mapping; how many it has within is not.
MappingLimits OfNewFields(MappingLimits limits) {
  limits.depth = limits.field_name_length = std::numeric_limits<std::int64_t>::max();
  return limits;
}

Status StrictError(std::string_view name, std::string_view path) {
  return {400, "strict_dynamic_mapping_exception",
          "mapping set to strict, dynamic introduction of [" + std::string(name) + "] within [" +
              (path.empty() ? "_doc" : std::string(path)) + "] is not allowed"};
}

}  // namespace

Result<std::optional<std::string>> ThoroughCheck::Run() {
  RETURN_IF_ERROR(task_.Checkpoint());
  if (source_.empty()) return BadDocument("failed to parse, document is empty");
  if (!base::TrimAscii(source_).starts_with('{')) {  // a comment neither
    return Wrapped(Status(500, "not_x_content_exception",
                          "Compressor detection can only be called on some xcontent bytes or "
                          "compressed xcontent bytes"));
  }
  const auto document = tasks::ParsedJson::Parse(task_, source_);
  if (!document.ok() && !document.status().type().starts_with("json_")) return document.status();
  if (!document.ok()) return Wrapped(document.status());
  if (!document->root().IsObject()) return Wrapped(IllegalArgument("an object is expected"));
  RETURN_IF_ERROR(task_.Checkpoint());
  const FieldNode& root = plan_.root();
  if (!root.enabled) return std::optional<std::string>();
  RETURN_IF_ERROR(Object({&root, "", root.dynamic, 0}, document->root()));
  RETURN_IF_ERROR(conflict_);
  RETURN_IF_ERROR(index_refusal_);
  if (!grown_) return std::optional<std::string>();
  std::string json;
  base::json::CompactWriter writer(json);
  WriteMapping(update_, writer);
  return std::optional<std::string>(std::move(json));
}

Status ThoroughCheck::Object(const Place& place, const Value& object) {
  if (place.depth >= plan_.limits().depth && place.depth > 0) {
    return Wrapped(base::ParseError("The depth of the field has exceeded the allowed limit of [" +
                                    std::to_string(plan_.limits().depth) +
                                    "]. This limit can be set by changing the "
                                    "[index.mapping.depth.limit] index level setting."));
  }
  for (const base::json::Member& member : object.members()) {
    RETURN_IF_ERROR(Member(place, member.key, *member.value));
  }
  return {};
}

Status ThoroughCheck::Member(const Place& place, std::string_view key, const Value& value) {
  const bool in_root = place.path.empty() && place.node != nullptr;
  if (in_root && key == kDocCount) return DocCount(value);
  if (in_root && IsMetadataField(key)) {
    return MetadataError(key, value,
                         BadDocument("Field [" + std::string(key) +
                                     "] is a metadata field and cannot be added inside a document. "
                                     "Use the index API request parameters."));
  }
  const auto name = CheckName(key);
  if (!name.ok()) return Wrapped(name.status());
  Place at = place;
  std::string_view rest = *name;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    const std::string_view part = rest.substr(0, dot);
    rest.remove_prefix(dot + 1);
    const FieldNode* child = at.node == nullptr ? nullptr : plan_.Find(*at.node, part);
    if (child != nullptr && !child->definition->type->IsObject()) {
      if (value.IsNull()) return {};
      return NoObject(*name, ChildPath(at.path, part), child->definition->type->name);
    }
    if (at.path.empty() && (part == kDocCount || IsMetadataField(part))) {
      return NoObject(*name, std::string(part), part);
    }
    if (child != nullptr && !child->enabled) return {};
    if (child == nullptr) {
      if (at.dynamic == Dynamic::kStrict || at.dynamic == Dynamic::kStrictAllowTemplates) {
        return StrictError(part, at.path);
      }
      if (at.dynamic != Dynamic::kTrue) return {};
    }
    std::string path = ChildPath(at.path, part);
    // Before the path grows further: a key of 200 KB may have 100,000 parts.
    RETURN_IF_ERROR(task_.Checkpoint());
    if (child == nullptr && DepthOf(path) > plan_.limits().depth) {
      return TooDeep(path, plan_.limits());
    }
    at = {child, std::move(path), child == nullptr ? at.dynamic : child->dynamic, at.depth + 1};
  }
  return Named(at, rest, value);
}

Status ThoroughCheck::MetadataError(std::string_view field, const Value& value,
                                    Status cause) const {
  const std::string name(field);
  return BadDocument("failed to parse field [" + name + "] of type [" + name +
                     "] in document with id '" + std::string(id_) +
                     "'. Preview of field's value: '" + JavaText(value) + "'")
      .CausedBy(std::move(cause));
}

Status ThoroughCheck::DocCount(const Value& value) {
  if (value.IsArray()) {
    for (const Value* item : value.items()) RETURN_IF_ERROR(DocCount(*item));
    return {};
  }
  RETURN_IF_ERROR(CountValue());
  Status cause = CheckDocCount(value, source_);
  if (!cause.ok()) return MetadataError(kDocCount, value, std::move(cause));
  if (std::exchange(has_doc_count_, true)) {
    index_refusal_.Update(IllegalArgument(
        "DocValuesField \"_doc_count\" appears more than once in this document (only one value is "
        "allowed per field)"));
  }
  return {};
}

Status ThoroughCheck::Named(const Place& place, std::string_view name, const Value& value) {
  const FieldNode* field = place.node == nullptr ? nullptr : plan_.Find(*place.node, name);
  if (field == nullptr) return NewField(place, name, value);
  if (field->kind == Kind::kAlias) {
    return Wrapped(
        IllegalArgument("Cannot write to a field alias [" + field->definition->path + "]."));
  }
  return field->definition->type->IsObject() ? KnownObject(*field, place, value, name)
                                             : KnownField(plan_, *field, value);
}

Status ThoroughCheck::KnownObject(const FieldNode& field, const Place& parent, const Value& value,
                                  std::string_view name) {
  if (!field.enabled || value.IsNull()) return {};
  if (value.IsArray()) {
    for (const Value* item : value.items()) {
      RETURN_IF_ERROR(KnownObject(field, parent, *item, "null"));
    }
    return {};
  }
  if (!value.IsObject()) {
    return BadDocument("object mapping for [" + field.definition->path +
                       "] tried to parse field [" + std::string(name) +
                       "] as object, but found a concrete value");
  }
  if (field.kind == Kind::kNested && ++nested_ > plan_.limits().nested_objects) {
    return BadDocument("The number of nested documents has exceeded the allowed limit of [" +
                       std::to_string(plan_.limits().nested_objects) +
                       "]. This limit can be set by changing the "
                       "[index.mapping.nested_objects.limit] index level setting.");
  }
  const Place place = {&field, field.definition->path, field.dynamic, parent.depth + 1};
  if (field.kind != Kind::kNested) return Object(place, value);
  SingleValues outer = std::exchange(single_, {});
  Status status = Object(place, value);
  single_ = std::move(outer);
  return status;
}

Status ThoroughCheck::KnownField(const CheckPlan& plan, const FieldNode& field,
                                 const Value& value) {
  if (value.IsArray() && !TakesArray(field.kind)) {
    for (const Value* item : value.items()) RETURN_IF_ERROR(KnownField(plan, field, *item));
    return {};
  }
  RETURN_IF_ERROR(OneValue(field, value));
  if (field.kind == Kind::kShape) return Copies(field, value);  // its multi-fields get nothing
  // The multi-fields of a point or a suggestion get a text made of it, which fields of text take.
  const bool makes_text = field.kind == Kind::kGeoPoint || field.kind == Kind::kComplete;
  const bool nothing = value.IsArray() && value.items().empty();
  for (const std::uint32_t id : field.multi_fields) {
    const FieldNode& multi = plan.node(id);
    const bool takes_text = multi.kind == Kind::kKeyword || multi.kind == Kind::kText;
    if (makes_text && (takes_text || nothing)) continue;
    RETURN_IF_ERROR(OneValue(multi, value));
  }
  return Copies(field, value);
}

Status ThoroughCheck::CountValue() {
  constexpr unsigned kCheckEvery = 128;
  return ++values_ % kCheckEvery == 0 ? task_.Checkpoint() : Status();
}

Status ThoroughCheck::OneValue(const FieldNode& field, const Value& value) {
  RETURN_IF_ERROR(CountValue());
  const bool takes_null = field.kind != Kind::kJoin && field.kind != Kind::kFeatures;
  if (value.IsNull() && takes_null) {
    if (field.kind != Kind::kConstant) return {};
    return FieldError(field, id_, value,
                      IllegalArgument("constant keyword field [" + field.definition->path +
                                      "] must have a value"));
  }
  Status cause = CheckValue(field, value, {source_, task_, routing_});
  if (!cause.ok()) {
    // A stop and a lack of memory are no fault of the value.
    RETURN_IF_ERROR(task_.Checkpoint());
    if (cause.http_status() == 429) return cause;
    const bool container = value.IsObject() || value.IsArray();
    const bool pardoned = field.ignore_malformed && (!container || field.kind == Kind::kGeoPoint ||
                                                     field.kind == Kind::kShape);
    if (!pardoned) return FieldError(field, id_, value, std::move(cause));
  } else if (field.kind == Kind::kShape) {
    index_refusal_.Update(single_.AddShape(field));
  }
  Status twice = single_.Add(field, value, {source_, task_, routing_});
  if (!twice.ok()) {
    RETURN_IF_ERROR(task_.Checkpoint());
    return FieldError(field, id_, value, std::move(twice));
  }
  index_refusal_.Update(CheckTerm(field, value));
  return {};
}

// Checks a value against the fields it is copied to. A copy is not copied on, as in OpenSearch, so
// fields that name each other end here.
Status ThoroughCheck::Copies(const FieldNode& field, const Value& value) {
  if (value.IsNull() || field.copy_to.empty() || std::exchange(copying_, true)) return {};
  Status status;
  for (const std::string& target : field.copy_to) {
    const FieldNode* known = plan_.FindPath(target);
    const FieldNode& root = plan_.root();
    status = known != nullptr && !known->definition->type->IsObject()
                 ? KnownField(plan_, *known, value)
                 : Member({&root, "", root.dynamic, 0}, target, value);
    if (!status.ok()) break;
  }
  copying_ = false;
  return status;
}

Status ThoroughCheck::NewField(const Place& place, std::string_view name, const Value& value) {
  RETURN_IF_ERROR(CountValue());
  const std::string path = ChildPath(place.path, name);
  const bool by_template = place.dynamic == Dynamic::kStrictAllowTemplates ||
                           place.dynamic == Dynamic::kFalseAllowTemplates;
  const bool strict =
      place.dynamic == Dynamic::kStrict || place.dynamic == Dynamic::kStrictAllowTemplates;
  if (by_template && !value.IsNull() && !value.IsArray()) {
    const char* looks_like = value.IsObject()    ? "object"
                             : value.IsString()  ? "string"
                             : value.IsBool()    ? "boolean"
                             : value.IsInteger() ? "long"
                                                 : "double";
    if (TemplateFor(path, name, looks_like) == nullptr) {
      return strict ? StrictError(name, place.path) : Status();
    }
  } else if (place.dynamic != Dynamic::kTrue && !(by_template && value.IsArray())) {
    return strict ? StrictError(name, place.path) : Status();
  }
  if (value.IsNull()) return {};
  if (!place.path.empty() && base::TrimAscii(name).empty()) {
    return IllegalArgument("object field cannot contain only whitespace: ['" + path + "']");
  }
  if (value.IsArray()) {
    if (const std::string json = ArrayTypeFor(path, name); !json.empty()) {
      return AddField(place, name, json, value);
    }
    for (const Value* item : value.items()) RETURN_IF_ERROR(NewField(place, name, *item));
    return {};
  }
  return value.IsObject() ? NewObject(place, name, value) : NewScalar(place, name, value);
}

Status ThoroughCheck::NewObject(const Place& place, std::string_view name, const Value& value) {
  const std::string path = ChildPath(place.path, name);
  const std::string json = TypeFor(path, name, "object", "object", R"({"type":"object"})");
  auto known = new_objects_.find({path, json});
  if (known == new_objects_.end()) {
    ASSIGN_OR_RETURN(const base::json::Document body, base::json::Document::Parse(json));
    const MappingLimits limits = OfNewFields(plan_.limits());
    Reading reading(task_, limits);
    ASSIGN_OR_RETURN(Draft field, ParseField(path, body.root(), reading));
    if (!field.type->IsObject()) return AddField(place, name, json, value);
    known = new_objects_.emplace(std::pair(path, json), field.Bool("enabled")).first;
    RETURN_IF_ERROR(AddToUpdate(place, name, std::move(field)));
  }
  if (!known->second) return {};
  return Object({nullptr, path, place.dynamic, place.depth + 1}, value);
}

Status ThoroughCheck::NewScalar(const Place& place, std::string_view name, const Value& value) {
  const std::string path = ChildPath(place.path, name);
  std::string json;
  if (value.IsString()) {
    json = TypeOfText(path, name, value.text());
  } else if (value.IsBool()) {
    json = TypeFor(path, name, "boolean", "boolean", R"({"type":"boolean"})");
  } else if (value.IsInteger()) {
    json = TypeFor(path, name, "long", "long", R"({"type":"long"})");
  } else {
    json = TypeFor(path, name, "double", "float", R"({"type":"float"})");
  }
  return AddField(place, name, json, value);
}

std::string ThoroughCheck::TypeOfText(const std::string& path, std::string_view name,
                                      std::string_view text) const {
  const bool whole = base::ParseInt64(text).ok();
  const bool number = whole || base::ParseDouble(text).ok();
  if (number && plan_.numeric_detection()) {
    return whole ? TypeFor(path, name, "long", "long", R"({"type":"long"})")
                 : TypeFor(path, name, "double", "float", R"({"type":"float"})");
  }
  if (!number && plan_.date_detection()) {
    for (const DateFormat& format : plan_.dynamic_dates()) {
      if (!format.Read(text)) continue;
      if (format.text() == "strict_date_optional_time") {
        return TypeFor(path, name, "date", "date", R"({"type":"date"})");
      }
      std::string json;
      base::json::CompactWriter writer(json);
      writer.BeginObject();
      writer.Field("type", "date");
      writer.Field("format", format.text());
      writer.Field("print_format", format.text().substr(0, format.text().find("||")));
      writer.EndObject();
      return TypeFor(path, name, "date", "date", json);
    }
  }
  return TypeFor(path, name, "string", "text",
                 R"({"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}})");
}

const DynamicTemplate* ThoroughCheck::TemplateFor(const std::string& path, std::string_view name,
                                                  std::string_view looks_like) const {
  for (const DynamicTemplate& one : plan_.templates()) {
    if (one.Matches(path, name, looks_like)) return &one;
  }
  return nullptr;
}

std::string ThoroughCheck::TypeFor(const std::string& path, std::string_view name,
                                   std::string_view looks_like, std::string_view type,
                                   std::string_view fallback) const {
  const DynamicTemplate* found = TemplateFor(path, name, looks_like);
  return found == nullptr ? std::string(fallback) : found->MappingFor(name, type);
}

// Empty unless a template makes a field of it that reads an array itself. Such templates are found
// as for an object.
std::string ThoroughCheck::ArrayTypeFor(const std::string& path, std::string_view name) const {
  const DynamicTemplate* found = TemplateFor(path, name, "object");
  if (found == nullptr) return "";
  std::string json = found->MappingFor(name, "object");
  const auto body = base::json::Document::Parse(json);
  const Value* type = body.ok() ? body->root().Find("type") : nullptr;
  const FieldType* known = type == nullptr ? nullptr : FindFieldType(type->text());
  return known != nullptr && TakesArray(known->kind) ? json : "";
}

Result<ThoroughCheck::NewPlan> ThoroughCheck::PlanOf(const std::string& path,
                                                     const std::string& json) {
  ASSIGN_OR_RETURN(const base::json::Document body, base::json::Document::Parse(json));
  const MappingLimits limits = OfNewFields(plan_.limits());
  Reading reading(task_, limits);
  ASSIGN_OR_RETURN(Draft field, ParseField(path, body.root(), reading));
  MappingTree tree;
  tree.options.has_date_formats = true;  // none: it guesses nothing
  tree.root.children = FieldList({Seal(field)}, FieldList::Text::kNo);
  ASSIGN_OR_RETURN(std::shared_ptr<const CheckPlan> plan,
                   CheckPlan::Make(tree, plan_.limits(), reading));
  return NewPlan{std::move(field), tree.root, std::move(plan)};
}

// Checks the value against the field it makes, which the first one adds to the update.
Status ThoroughCheck::AddField(const Place& place, std::string_view name, const std::string& json,
                               const Value& value) {
  const std::string path = ChildPath(place.path, name);
  const auto [known, first] = new_plans_.try_emplace({path, json});
  if (first) {
    auto made = PlanOf(path, json);
    if (!made.ok()) return new_plans_.erase(known), made.status();
    known->second = *std::move(made);
  }
  const CheckPlan& plan = *known->second.plan;
  const FieldNode* node = plan.Find(plan.root(), name);
  if (node->definition->type->IsObject()) {
    return BadDocument("object mapping for [" + path + "] tried to parse field [" +
                       std::string(name) + "] as object, but found a concrete value");
  }
  RETURN_IF_ERROR(KnownField(plan, *node, value));
  return first ? AddToUpdate(place, name, std::move(known->second.field)) : Status();
}

Status ThoroughCheck::AddToUpdate(const Place& place, std::string_view name, Draft field) {
  Draft& parent = Grow(place.path);
  const auto there = parent.children.find(std::string(name));
  if (there == parent.children.end()) {
    new_fields_ += CountFields(field);
    parent.children.emplace(name, std::move(field));
  } else {
    new_fields_ -= CountFields(there->second);
    Remember(MergeField(there->second, std::move(field)));
    new_fields_ += CountFields(there->second);
  }
  const auto known = static_cast<std::int64_t>(plan_.size()) - 1;
  return known + new_fields_ > plan_.limits().total_fields ? TooManyFields(plan_.limits())
                                                           : Status();
}

Draft& ThoroughCheck::Grow(const std::string& path) {
  grown_ = true;
  Draft* at = &update_.root;
  const FieldNode* known = &plan_.root();
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    if (known != nullptr) known = plan_.Find(*known, part);
    // A nested object stays what it is.
    const FieldType& type = known == nullptr ? ObjectType() : *known->definition->type;
    const auto [there, added] = at->children.try_emplace(part, ChildPath(at->path, part), type);
    if (added && known != nullptr) there->second.values = known->definition->values;
    if (added && known == nullptr) ++new_fields_;
    at = &there->second;
    if (!at->type->IsObject()) {
      Remember(IllegalArgument("can't merge a non object mapping [" + at->path +
                               "] with an object mapping"));
    }
  }
  return *at;
}

void ThoroughCheck::Remember(Status conflict) { conflict_.Update(std::move(conflict)); }

}  // namespace engine
