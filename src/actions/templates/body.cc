#include "actions/templates/body.h"

#include <optional>

#include "actions/aliases/aliases.h"
#include "actions/shards/mapping_limits.h"
#include "base/json/compact_writer.h"
#include "base/text/strings.h"
#include "cluster/settings/analysis_settings.h"
#include "cluster/settings/index_settings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::templates {

namespace {

using base::Result;
using base::Status;
using base::json::Value;
using cluster::TemplateKind;

struct Body {
  std::optional<std::vector<std::string>> patterns;
  const Value* part = nullptr;  // what has settings, mappings and aliases
  std::vector<std::string> components;
  std::optional<std::int64_t> priority, version;
  const Value* meta = nullptr;
};

Status Unknown(TemplateKind kind, std::string_view key) {
  const std::string name(key);
  if (kind == TemplateKind::kLegacy)
    return {400, "parse_exception", "unknown key [" + name + "] in the template "};
  const char* const what = kind == TemplateKind::kIndex ? "index_template" : "component_template";
  return {400, "x_content_parse_exception",
          "[" + std::string(what) + "] unknown field [" + name + "]"};
}

bool IsPart(std::string_view key) {
  return key == "settings" || key == "mappings" || key == "aliases";
}

std::vector<std::string> Texts(const Value& value) {
  if (!value.IsArray()) return {std::string(value.text())};
  std::vector<std::string> texts;
  for (const Value* item : value.items()) texts.emplace_back(item->text());
  return texts;
}

Status ReadMember(TemplateKind kind, std::string_view key, const Value& value, Body& body) {
  const bool legacy = kind == TemplateKind::kLegacy, index = kind == TemplateKind::kIndex;
  if (key == "index_patterns" && kind != TemplateKind::kComponent) {
    body.patterns = Texts(value);
  } else if (key == "template" && legacy) {
    body.patterns = Texts(value);  // as it was called once
  } else if (key == "template") {
    body.part = &value;
  } else if (key == "version") {
    ASSIGN_OR_RETURN(body.version, value.AsInt64());
  } else if (key == (legacy ? "order" : "priority") && kind != TemplateKind::kComponent) {
    ASSIGN_OR_RETURN(body.priority, value.AsInt64());
  } else if (key == "_meta" && !legacy) {
    body.meta = &value;
  } else if (key == "composed_of" && index) {
    body.components = Texts(value);
  } else if (key == "data_stream" && index) {
    return base::IllegalArgument("[data_stream] is not supported: there are no data streams");
  } else if (!legacy || !IsPart(key)) {
    return Unknown(kind, key);
  }
  return {};
}

Result<Body> Read(TemplateKind kind, const Value& root) {
  if (!root.IsObject()) return Status(400, "parse_exception", "a template must be an object");
  Body body;
  if (kind == TemplateKind::kLegacy) body.part = &root;
  for (const auto& [key, value] : root.members()) {
    RETURN_IF_ERROR(ReadMember(kind, key, *value, body));
  }
  if (kind == TemplateKind::kIndex && !body.patterns)
    return base::IllegalArgument("Required [index_patterns]");
  if (kind == TemplateKind::kLegacy && (!body.patterns || body.patterns->empty()))
    return base::ValidationFailed("index patterns are missing");
  if (kind == TemplateKind::kComponent && body.part == nullptr)
    return base::IllegalArgument("Required [template]");
  if (kind == TemplateKind::kIndex && body.priority.value_or(0) < 0)
    return base::ValidationFailed("index template priority must be >= 0");
  return body;
}

void WriteTexts(base::json::Writer& out, std::string_view key,
                const std::vector<std::string>& texts) {
  out.ArrayField(key);
  for (const std::string& text : texts) out.String(text);
  out.EndArray();
}

// The members settings, mappings and aliases; all of a legacy template, else those that are there.
// Mappings and analysis of an index template are checked together with those of its components.
Status WritePart(const tasks::TaskContext& task, base::json::Writer& out, TemplateKind kind,
                 const Value& part) {
  const bool all = kind == TemplateKind::kLegacy;
  std::map<std::string, std::string> flat;
  const Value* const settings = part.Find("settings");
  if (settings != nullptr) {
    ASSIGN_OR_RETURN(flat, cluster::ParseIndexSettings(task, *settings));
    if (kind != TemplateKind::kIndex) RETURN_IF_ERROR(cluster::CheckAnalysis(flat));
  }
  if (settings != nullptr || all) {
    out.ObjectField("settings");
    cluster::WriteSettings(out, flat, /*flat=*/false);
    out.EndObject();
  }
  if (const Value* mappings = part.Find("mappings")) {
    if (kind != TemplateKind::kIndex)
      RETURN_IF_ERROR(engine::Mapping::Parse(task, *mappings, MappingLimitsOf(flat)).status());
    out.Key("mappings");
    mappings->Write(out);
  } else if (all) {
    out.ObjectField("mappings");
    out.EndObject();
  }
  const Value* const aliases = part.Find("aliases");
  if (aliases == nullptr && !all) return {};
  out.ObjectField("aliases");
  if (aliases != nullptr) {
    ASSIGN_OR_RETURN(const auto parsed, aliases::ParseAliases(*aliases));
    for (const auto& [alias, how] : parsed) out.RawField(alias, how);
  }
  out.EndObject();
  return {};
}

Status WriteComposable(const tasks::TaskContext& task, base::json::Writer& out, TemplateKind kind,
                       const Body& body) {
  if (kind == TemplateKind::kIndex) WriteTexts(out, "index_patterns", *body.patterns);
  if (body.part != nullptr) {
    for (const auto& member : body.part->members()) {
      if (!IsPart(member.key)) return Unknown(kind, member.key);
    }
    out.ObjectField("template");
    RETURN_IF_ERROR(WritePart(task, out, kind, *body.part));
    out.EndObject();
  }
  if (kind == TemplateKind::kIndex) WriteTexts(out, "composed_of", body.components);
  out.OptionalField("priority", body.priority);
  out.OptionalField("version", body.version);
  if (body.meta != nullptr) {
    out.Key("_meta");
    body.meta->Write(out);
  }
  return {};
}

Status WriteLegacy(const tasks::TaskContext& task, base::json::Writer& out, const Body& body) {
  out.Field("order", body.priority.value_or(0));
  out.OptionalField("version", body.version);
  WriteTexts(out, "index_patterns", *body.patterns);
  return WritePart(task, out, TemplateKind::kLegacy, *body.part);
}

using Problems = std::vector<std::string>;

bool Has(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

void CheckName(const std::string& name, Problems& problems) {
  if (Has(name, " ")) problems.emplace_back("name must not contain a space");
  if (Has(name, ",")) problems.emplace_back("name must not contain a ','");
  if (Has(name, "#")) problems.emplace_back("name must not contain a '#'");
  if (Has(name, "*")) problems.emplace_back("name must not contain a '*'");
  if (name.starts_with('_')) problems.emplace_back("name must not start with '_'");
  if (base::ToLowerAscii(name) != name) problems.emplace_back("name must be lower cased");
}

void CheckPattern(const std::string& pattern, Problems& problems) {
  const auto must_not = [&](const char* what, const char* why) {
    problems.push_back(what + (" [" + pattern + "] must not ") + why);
  };
  if (Has(pattern, " ")) must_not("index_patterns", "contain a space");  // as OpenSearch spells it
  if (Has(pattern, ",")) must_not("index_pattern", "contain a ','");
  if (Has(pattern, "#")) must_not("index_pattern", "contain a '#'");
  if (Has(pattern, ":")) must_not("index_pattern", "contain a ':'");
  if (pattern.starts_with('_')) must_not("index_pattern", "start with '_'");
  if (Has(pattern, " ,\\/?\"<>|")) {
    must_not("index_pattern", "contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]");
  }
}

Status CheckNames(const std::string& name, const Body& body) {
  Problems problems;
  CheckName(name, problems);
  for (const std::string& pattern : body.patterns.value_or(std::vector<std::string>()))
    CheckPattern(pattern, problems);
  if (problems.empty()) return {};
  std::string why = "Validation Failed: ";
  for (std::size_t i = 0; i < problems.size(); ++i)
    why += std::to_string(i + 1) + ": " + problems[i] + ";";
  return InvalidTemplate(name, why);
}

}  // namespace

Status InvalidTemplate(const std::string& name, const std::string& why) {
  return {400, "invalid_index_template_exception",
          "index_template [" + name + "] invalid, cause [" + why + "]"};
}

Result<std::string> ParseTemplate(const tasks::TaskContext& task, TemplateKind kind,
                                  const std::string& name, std::string_view json) {
  if (base::TrimAscii(json).empty())
    return Status(400, "parse_exception", "request body is required");
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, json));
  ASSIGN_OR_RETURN(const Body body, Read(kind, document.root()));
  RETURN_IF_ERROR(CheckNames(name, body));
  std::string stored;
  base::json::CompactWriter out(stored);
  out.BeginObject();
  RETURN_IF_ERROR(kind == TemplateKind::kLegacy ? WriteLegacy(task, out, body)
                                                : WriteComposable(task, out, kind, body));
  out.EndObject();
  return stored;
}

}  // namespace actions::templates
