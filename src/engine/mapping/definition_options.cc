// What a mapping says beside its fields: metadata, detection, templates.

#include <algorithm>
#include <map>
#include <span>

#include "base/json/compact_writer.h"
#include "base/json/merge_defaults.h"
#include "base/text/units.h"
#include "engine/mapping/date_format.h"
#include "engine/mapping/definition.h"
#include "engine/mapping/dynamic_template.h"
#include "engine/mapping/reading.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;

Status BadMapping(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

Result<std::string> ParseDetection(std::string_view key, const Value& value) {
  const auto parsed = base::ParseBool(value.text());
  if (!parsed.ok()) {
    return IllegalArgument("Could not convert [" + std::string(key) + "] to boolean")
        .CausedBy(parsed.status());
  }
  return std::string(*parsed ? "true" : "false");
}

Status ParseDateFormats(const Value& value, Reading& reading, RootOptions& options) {
  options.has_date_formats = true;
  options.date_formats.clear();
  std::vector<const Value*> items(value.items().begin(), value.items().end());
  if (!value.IsArray() && !(value.IsString() && value.text() == "none")) items = {&value};
  for (const Value* item : items) {
    RETURN_IF_ERROR(reading.Step());
    ASSIGN_OR_RETURN(const DateFormat format, DateFormat::Parse(item->text()));
    if (format.text().starts_with("epoch_")) {
      return BadMapping("Epoch [" + std::string(format.text()) +
                        "] is not supported as dynamic date format");
    }
    options.date_formats.push_back(format.text());
  }
  return {};
}

Status ParseTemplates(const Value& value, Reading& reading, RootOptions& options) {
  if (!value.IsArray()) {
    return BadMapping("Dynamic template syntax error. An array of named objects is expected.");
  }
  options.has_templates = true;
  options.templates.clear();
  for (const Value* item : value.items()) {
    RETURN_IF_ERROR(reading.Step());
    if (item->members().size() != 1) {
      return BadMapping("A dynamic template must be defined with a name");
    }
    const base::json::Member& member = item->members()[0];
    ASSIGN_OR_RETURN(const DynamicTemplate parsed,
                     DynamicTemplate::Parse(member.key, *member.value));
    options.templates.emplace_back(member.key, parsed.json());
  }
  return {};
}

// A member of a metadata field: a boolean, or a list of texts if its default is one.
struct MetadataParameter {
  std::string_view name;
  std::string_view fallback;  // as JSON; what is as by default is not shown
  bool fixed = true;          // a merge may not change it; one that may change is always shown

  bool IsList() const { return fallback == "[]"; }
};
constexpr MetadataParameter kTimestampParameters[] = {{"enabled", "false"}};
constexpr MetadataParameter kFieldNamesParameters[] = {{"enabled", "true", false}};
constexpr MetadataParameter kRoutingParameters[] = {{"required", "false"}};
constexpr MetadataParameter kSourceParameters[] = {{"enabled", "true"},
                                                   {"includes", "[]"},
                                                   {"excludes", "[]"},
                                                   {"recovery_source_enabled", "true"},
                                                   {"recovery_source_includes", "[]"},
                                                   {"recovery_source_excludes", "[]"}};

struct MetadataField {
  std::string_view name;
  std::span<const MetadataParameter> parameters;
};
constexpr MetadataField kMetadata[] = {{"_data_stream_timestamp", kTimestampParameters},
                                       {"_field_names", kFieldNamesParameters},
                                       {"_routing", kRoutingParameters},
                                       {"_source", kSourceParameters}};

Result<std::string> ParseMetadataList(std::string_view field, std::string_view parameter,
                                      const Value& value) {
  const auto is_null = [](const Value* item) { return item->IsNull(); };
  if (!value.IsArray() || std::ranges::any_of(value.items(), is_null)) {
    return BadMapping("[" + std::string(parameter) + "] on mapper [" + std::string(field) +
                      "] must be a list of paths, was [" + JavaText(value) + "]");
  }
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginArray();
  for (const Value* item : value.items()) writer.String(JavaText(*item));
  writer.EndArray();
  return json;
}

Result<std::string> ParseMetadataValue(std::string_view field, const MetadataParameter& parameter,
                                       const Value& value) {
  if (value.IsNull()) {
    return BadMapping("[" + std::string(parameter.name) + "] on mapper [" + std::string(field) +
                      "] of type [null] must not have a [null] value");
  }
  if (parameter.IsList()) return ParseMetadataList(field, parameter.name, value);
  ASSIGN_OR_RETURN(const bool parsed, base::ParseBool(JavaText(value)));
  return std::string(parsed ? "true" : "false");
}

Status ParseMetadata(const MetadataField& field, const Value& value, RootOptions& options) {
  // OpenSearch's words, whichever field it is.
  if (!value.IsObject()) return IllegalArgument("[_parent] must be an object containing [type]");
  std::map<std::string_view, std::string> given;
  for (const base::json::Member& member : value.members()) {
    const auto parameter =
        std::ranges::find(field.parameters, member.key, &MetadataParameter::name);
    if (parameter == field.parameters.end()) {
      return BadMapping("unknown parameter [" + std::string(member.key) + "] on mapper [" +
                        std::string(field.name) + "] of type [null]");
    }
    ASSIGN_OR_RETURN(given[parameter->name],
                     ParseMetadataValue(field.name, *parameter, *member.value));
  }
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginObject();
  for (const MetadataParameter& parameter : field.parameters) {
    const auto one = given.find(parameter.name);
    if (one == given.end() || (parameter.fixed && one->second == parameter.fallback)) continue;
    writer.RawField(parameter.name, one->second);
  }
  writer.EndObject();
  if (json == "{}") json.clear();
  options.metadata.insert_or_assign(std::string(field.name), json);
  return {};
}

std::string MemberText(std::string_view json, std::string_view key, std::string_view fallback) {
  if (json.empty()) return std::string(fallback);
  const auto document = base::json::Document::Parse(json);
  const Value* value = document.ok() ? document->root().Find(key) : nullptr;
  return value == nullptr ? std::string(fallback) : JavaText(*value);
}

Status MergeMetadata(RootOptions& options, const std::string& key, const std::string& update) {
  const auto there = options.metadata.find(key);
  const std::string before = there == options.metadata.end() ? std::string() : there->second;
  std::string conflicts;
  for (const MetadataField& field : kMetadata) {
    if (field.name != key) continue;
    for (const MetadataParameter& parameter : field.parameters) {
      const std::string from = MemberText(before, parameter.name, parameter.fallback);
      const std::string to = MemberText(update, parameter.name, parameter.fallback);
      if (from == to || !parameter.fixed) continue;
      conflicts += "\n\tCannot update parameter [" + std::string(parameter.name) + "] from [" +
                   from + "] to [" + to + "]";
    }
  }
  if (!conflicts.empty())
    return IllegalArgument("Mapper for [" + key + "] conflicts with existing mapper:" + conflicts);
  options.metadata.insert_or_assign(key, update);
  return {};
}

}  // namespace

Status ParseOption(std::string_view key, const Value& value, Reading& reading, RootOptions& options,
                   bool& known) {
  if (key == "_meta") {
    if (!value.IsObject()) return IllegalArgument("[_meta] must be an object");
    options.metadata.insert_or_assign("_meta", value.ToString());
    return {};
  }
  if (key == "_id" || key == "_index" || key == "_version" || key == "_seq_no") {
    return BadMapping(std::string(key) + " is not configurable");
  }
  for (const MetadataField& field : kMetadata) {
    if (field.name == key) return ParseMetadata(field, value, options);
  }
  if (key == "date_detection" || key == "numeric_detection") {
    std::string& detection = key[0] == 'd' ? options.date_detection : options.numeric_detection;
    ASSIGN_OR_RETURN(detection, ParseDetection(key, value));
    return {};
  }
  if (key == "dynamic_date_formats" || key == "date_formats") {
    return ParseDateFormats(value, reading, options);
  }
  if (key == "dynamic_templates") return ParseTemplates(value, reading, options);
  known = key == "derived";
  if (known) options.derived = value.ToString();
  return {};
}

namespace {

// A later template takes the place of one of its name.
Status MergeTemplates(RootOptions& options, RootOptions& update, Reading& reading) {
  if (update.has_templates) options.has_templates = true;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < options.templates.size(); ++i) {
    places.emplace(options.templates[i].first, i);
  }
  for (auto& [name, body] : update.templates) {
    RETURN_IF_ERROR(reading.Step());
    const auto [place, added] = places.emplace(name, options.templates.size());
    if (added) {
      options.templates.emplace_back(name, std::move(body));
    } else {
      options.templates[place->second].second = std::move(body);
    }
  }
  return {};
}

// What is given takes the place of what was.
void ReplaceDetection(RootOptions& options, const RootOptions& update) {
  if (update.has_date_formats) {
    options.has_date_formats = true;
    options.date_formats = update.date_formats;
  }
  if (!update.date_detection.empty()) options.date_detection = update.date_detection;
  if (!update.numeric_detection.empty()) options.numeric_detection = update.numeric_detection;
}

// A derived field takes the place of one of its name.
Status MergeDerived(RootOptions& options, RootOptions& update, Reading& reading) {
  if (options.derived.empty()) options.derived = std::move(update.derived);
  if (update.derived.empty()) return {};
  using base::json::Document;
  ASSIGN_OR_RETURN(auto merged, Document::Parse(options.derived, reading.json_options()));
  ASSIGN_OR_RETURN(const auto more, Document::Parse(update.derived, reading.json_options()));
  if (!merged.root().IsObject()) return {};
  for (const auto& [name, field] : more.root().members())
    merged.Set(merged.root(), name, merged.Copy(*field));
  options.derived = merged.root().ToString();
  return {};
}

Result<std::string> MergeMeta(const std::string& lower, const std::string& upper,
                              Reading& reading) {
  if (lower.empty()) return upper;
  ASSIGN_OR_RETURN(auto merged, base::json::Document::Parse(upper, reading.json_options()));
  ASSIGN_OR_RETURN(const auto defaults, base::json::Document::Parse(lower, reading.json_options()));
  base::json::MergeDefaults(merged, merged.root(), defaults.root());
  return merged.root().ToString();
}

}  // namespace

Status MergeOptions(RootOptions& options, RootOptions update, Reading& reading) {
  for (const auto& [key, json] : update.metadata) {
    RETURN_IF_ERROR(MergeMetadata(options, key, json));
  }
  if (update.has_templates) {
    options.has_templates = true;
    options.templates = std::move(update.templates);
  }
  ReplaceDetection(options, update);
  return MergeDerived(options, update, reading);
}

Status OverlayOptions(RootOptions& lower, RootOptions upper, Reading& reading) {
  for (auto& [key, json] : upper.metadata) {
    std::string& there = lower.metadata[key];
    if (key == "_meta") {
      ASSIGN_OR_RETURN(there, MergeMeta(there, json, reading));
    } else {
      there = std::move(json);
    }
  }
  if (lower.templates.empty() && upper.has_templates) {
    lower.has_templates = true;
    lower.templates = std::move(upper.templates);
  } else {
    RETURN_IF_ERROR(MergeTemplates(lower, upper, reading));
  }
  ReplaceDetection(lower, upper);
  return MergeDerived(lower, upper, reading);
}

}  // namespace engine
