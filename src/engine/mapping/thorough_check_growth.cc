// The fields that a document adds to its mapping.

#include <limits>
#include <utility>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"
#include "engine/mapping/field_value.h"
#include "engine/mapping/reading.h"
#include "engine/mapping/thorough_check.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;

Status BadDocument(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

// Where a new field lies is told in other words than for a mapping; how many it has within is not.
MappingLimits OfNewFields(MappingLimits limits) {
  limits.depth = limits.field_name_length = std::numeric_limits<std::int64_t>::max();
  return limits;
}

std::string DynamicJson(Dynamic dynamic) {
  switch (dynamic) {
    case Dynamic::kTrue:
      return "\"true\"";
    case Dynamic::kFalse:
      return "\"false\"";
    case Dynamic::kStrict:
      return "\"strict\"";
    case Dynamic::kStrictAllowTemplates:
      return "\"strict_allow_templates\"";
    case Dynamic::kFalseAllowTemplates:
      return "\"false_allow_templates\"";
  }
  return "";
}

}  // namespace

Status ThoroughCheck::StrictError(const Place& place, std::string_view name) {
  const std::string set =
      place.dynamic == Dynamic::kStrictAllowTemplates ? "strict_allow_templates" : "strict";
  return {400, "strict_dynamic_mapping_exception",
          "mapping set to " + set + ", dynamic introduction of [" + std::string(name) +
              "] within [" + (place.path.empty() ? "_doc" : place.path) + "] is not allowed"};
}

Status ThoroughCheck::NewField(const Place& place, std::string_view name, const Value& value) {
  RETURN_IF_ERROR(CountValue());
  const std::string path = ChildPath(place.path, name);
  const bool by_template = place.dynamic == Dynamic::kStrictAllowTemplates ||
                           place.dynamic == Dynamic::kFalseAllowTemplates;
  const bool strict =
      place.dynamic == Dynamic::kStrict || place.dynamic == Dynamic::kStrictAllowTemplates;
  // A template for an array is looked for as for an object.
  if (by_template && !value.IsNull() && (strict || !value.IsArray())) {
    const char* looks_like = value.IsObject() || value.IsArray() ? "object"
                             : value.IsString()                  ? "string"
                             : value.IsBool()                    ? "boolean"
                             : value.IsInteger()                 ? "long"
                                                                 : "double";
    if (TemplateFor(path, name, looks_like) == nullptr) {
      return strict ? StrictError(place, name) : Status();
    }
  } else if (place.dynamic != Dynamic::kTrue && !(by_template && value.IsArray())) {
    return strict ? StrictError(place, name) : Status();
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
  const DynamicTemplate* const found = TemplateFor(path, name, "object");
  if (found == nullptr) {
    if (new_objects_.insert(path).second) {
      RETURN_IF_ERROR(AddToUpdate(place, name, Draft(path, ObjectType())));
    }
    return Object({nullptr, nullptr, path, place.dynamic, place.depth + 1}, value);
  }
  const std::string json = found->MappingFor(name, "object");
  ASSIGN_OR_RETURN(NewPlan* const made, PlanFor(place, name, json));
  const FieldNode& node = *made->plan->Find(made->plan->root(), name);
  if (!node.definition->type->IsObject()) return AddField(place, name, json, value);
  RETURN_IF_ERROR(AddOnce(place, name, *made));
  return KnownObject(*made->plan, node, place, value, name);
}

// An object on the way to a field whose name has dots: its template says how it is made, but the
// fields that the template gives it are not looked at, as in OpenSearch.
Result<ThoroughCheck::Place> ThoroughCheck::NewOnTheWay(const Place& place, std::string_view name) {
  Place made = {nullptr, nullptr, ChildPath(place.path, name), place.dynamic, place.depth + 1};
  const DynamicTemplate* const found = TemplateFor(made.path, name, "object");
  if (found == nullptr) {
    if (place.dynamic == Dynamic::kStrictAllowTemplates) return StrictError(place, name);
    return made;
  }
  ASSIGN_OR_RETURN(NewPlan* const plan, PlanFor(place, name, found->MappingFor(name, "object")));
  const FieldNode& node = *plan->plan->Find(plan->plan->root(), name);
  if (!node.definition->type->IsObject()) return made;
  if (node.kind == Kind::kNested) {
    return BadDocument("It is forbidden to create dynamic nested objects ([" + made.path +
                       "]) through `copy_to` or dots in field names");
  }
  RETURN_IF_ERROR(AddOnce(place, name, *plan));
  made.dynamic = node.dynamic;
  return made;
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

Result<ThoroughCheck::NewPlan> ThoroughCheck::PlanOf(const Place& place, const std::string& path,
                                                     const std::string& json) const {
  ASSIGN_OR_RETURN(const base::json::Document body, base::json::Document::Parse(json));
  const MappingLimits limits = OfNewFields(plan_.limits());
  Reading reading(task_, limits);
  ASSIGN_OR_RETURN(Draft field, ParseField(path, body.root(), reading));
  MappingTree tree;
  tree.options.has_date_formats = true;  // none: it guesses nothing
  Definition root;  // an object that does not say what is dynamic has it from its parent
  root.values.Set(static_cast<std::size_t>(root.type->IndexOf("dynamic")),
                  DynamicJson(place.dynamic));
  tree.root.definition = std::make_shared<const Definition>(std::move(root));
  tree.root.children = FieldList({Seal(field)}, FieldList::Text::kNo);
  ASSIGN_OR_RETURN(std::shared_ptr<const CheckPlan> plan,
                   CheckPlan::Make(tree, plan_.limits(), reading));
  return NewPlan{std::move(field), tree.root, std::move(plan), false};
}

// Made once for each field and mapping.
Result<ThoroughCheck::NewPlan*> ThoroughCheck::PlanFor(const Place& place, std::string_view name,
                                                       const std::string& json) {
  const std::string path = ChildPath(place.path, name);
  const auto [known, first] = new_plans_.try_emplace({path, json});
  if (first) {
    auto made = PlanOf(place, path, json);
    if (!made.ok()) return new_plans_.erase(known), made.status();
    known->second = *std::move(made);
  }
  return &known->second;
}

// Checks the value against the field it makes, which the first one adds to the update.
Status ThoroughCheck::AddField(const Place& place, std::string_view name, const std::string& json,
                               const Value& value) {
  const std::string path = ChildPath(place.path, name);
  ASSIGN_OR_RETURN(NewPlan* const known, PlanFor(place, name, json));
  const CheckPlan& plan = *known->plan;
  const FieldNode* node = plan.Find(plan.root(), name);
  if (node->definition->type->IsObject()) {
    return BadDocument("object mapping for [" + path + "] tried to parse field [" +
                       std::string(name) + "] as object, but found a concrete value");
  }
  RETURN_IF_ERROR(KnownField(plan, *node, value));
  return AddOnce(place, name, *known);
}

Status ThoroughCheck::AddOnce(const Place& place, std::string_view name, NewPlan& made) {
  if (std::exchange(made.added, true)) return {};
  return AddToUpdate(place, name, std::move(made.field));
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
