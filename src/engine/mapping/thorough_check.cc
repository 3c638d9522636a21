#include "engine/mapping/thorough_check.h"

#include <algorithm>
#include <utility>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/completion_contexts.h"
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

// By each of the suggestions that a value stands for.
Status ContextsGiven(const FieldNode& field, const base::json::Value& value) {
  if (!value.IsArray()) return CheckContextsGiven(field, value);
  for (const base::json::Value* item : value.items()) {
    RETURN_IF_ERROR(CheckContextsGiven(field, *item));
  }
  return {};
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
  RETURN_IF_ERROR(Object({&plan_, &root, "", root.dynamic, 0}, document->root()));
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
    const FieldNode* child = at.node == nullptr ? nullptr : at.plan->Find(*at.node, part);
    if (child != nullptr && !child->definition->type->IsObject()) {
      if (value.IsNull()) return {};
      return NoObject(*name, ChildPath(at.path, part), child->definition->type->name);
    }
    if (at.path.empty() && (part == kDocCount || IsMetadataField(part))) {
      return NoObject(*name, std::string(part), part);
    }
    if (child != nullptr && !child->enabled) return {};
    if (child == nullptr && at.dynamic == Dynamic::kStrict) return StrictError(at, part);
    const bool grows = at.dynamic == Dynamic::kTrue || at.dynamic == Dynamic::kStrictAllowTemplates;
    if (child == nullptr && !grows) return {};
    std::string path = ChildPath(at.path, part);
    // Before the path grows further: a key of 200 KB may have 100,000 parts.
    RETURN_IF_ERROR(task_.Checkpoint());
    if (child != nullptr) {
      at = {at.plan, child, std::move(path), child->dynamic, at.depth + 1};
    } else if (DepthOf(path) > plan_.limits().depth) {
      return TooDeep(path, plan_.limits());
    } else {
      ASSIGN_OR_RETURN(at, NewOnTheWay(at, part));
    }
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
  const FieldNode* field = place.node == nullptr ? nullptr : place.plan->Find(*place.node, name);
  if (field == nullptr) return NewField(place, name, value);
  if (field->kind == Kind::kAlias) {
    return Wrapped(
        IllegalArgument("Cannot write to a field alias [" + field->definition->path + "]."));
  }
  return field->definition->type->IsObject() ? KnownObject(*place.plan, *field, place, value, name)
                                             : KnownField(*place.plan, *field, value);
}

Status ThoroughCheck::KnownObject(const CheckPlan& plan, const FieldNode& field,
                                  const Place& parent, const Value& value, std::string_view name) {
  if (!field.enabled || value.IsNull()) return {};
  if (value.IsArray()) {
    for (const Value* item : value.items()) {
      RETURN_IF_ERROR(KnownObject(plan, field, parent, *item, "null"));
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
  const Place place = {&plan, &field, field.definition->path, field.dynamic, parent.depth + 1};
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
  } else if (field.kind == Kind::kComplete) {
    index_refusal_.Update(ContextsGiven(field, value));
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
                 : Member({&plan_, &root, "", root.dynamic, 0}, target, value);
    if (!status.ok()) break;
  }
  copying_ = false;
  return status;
}

}  // namespace engine
