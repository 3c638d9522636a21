#include "actions/templates/body.h"

#include <array>
#include <cmath>
#include <optional>

#include "actions/aliases/aliases.h"
#include "actions/shards/mapping_limits.h"
#include "base/json/compact_writer.h"
#include "base/text/numbers.h"
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
    return base::ParseError("unknown key [" + name + "] in the template ");
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

std::string_view TokenOf(const Value& value) {
  static constexpr std::array<std::string_view, 6> kTokens = {
      "VALUE_NULL", "VALUE_BOOLEAN", "VALUE_NUMBER", "VALUE_STRING", "START_ARRAY", "START_OBJECT"};
  return kTokens[static_cast<std::size_t>(value.type())];
}

// Whether a member of `parser`, which is what OpenSearch calls what reads it, has a type it takes.
Status CheckType(std::string_view parser, std::string_view key, const Value& value) {
  const bool number = key == "version" || key == "priority";
  const bool texts = key == "index_patterns" || key == "composed_of";
  const bool fits = number  ? value.IsNumber() || value.IsString()
                    : texts ? value.IsArray() || value.IsString()
                            : value.IsObject();
  if (fits) return {};
  return {400, "x_content_parse_exception",
          "[" + std::string(parser) + "] " + std::string(key) +
              " doesn't support values of type: " + std::string(TokenOf(value))};
}

Status CheckPart(std::string_view parser, const Value& part) {
  for (const auto& [key, value] : part.members()) {
    if (!IsPart(key)) continue;
    const Status refused = CheckType("template", key, *value);
    if (refused.ok()) continue;
    return Status(400, "x_content_parse_exception",
                  "[" + std::string(parser) + "] failed to parse field [template]")
        .CausedBy(refused);
  }
  return {};
}

Status CheckTypes(TemplateKind kind, std::string_view key, const Value& value) {
  const bool index = kind == TemplateKind::kIndex;
  const bool of_both = key == "template" || key == "version" || key == "_meta";
  const bool of_index = key == "index_patterns" || key == "composed_of" || key == "priority";
  if (!of_both && !(index && of_index)) return {};
  const std::string_view parser = index ? "index_template" : "component_template";
  RETURN_IF_ERROR(CheckType(parser, key, value));
  return key == "template" ? CheckPart(parser, value) : Status();
}

// Members of legacy templates, which OpenSearch reads on its own.
Result<std::optional<std::int64_t>> ReadOrder(const Value& value) {
  if (value.IsNull()) return std::optional<std::int64_t>();
  if (value.IsNumber() && !value.IsInteger()) {
    ASSIGN_OR_RETURN(const double number, value.AsDouble());
    if (number != std::trunc(number)) {
      return base::IllegalArgument(std::string(value.text()) + " is not an integer value");
    }
  }
  if (value.IsNumber()) {
    ASSIGN_OR_RETURN(const std::int64_t whole, value.AsInt64());
    if (whole == static_cast<std::int32_t>(whole)) return std::optional(whole);
    return Status(400, "arithmetic_exception", "integer overflow");
  }
  const auto parsed = base::ParseInt32(value.text());
  if (!parsed.ok()) return base::NumberFormat(value.text());
  return std::optional<std::int64_t>(*parsed);
}

Status CheckLegacy(std::string_view key, const Value& value) {
  if (key == "settings" && !value.IsObject()) {
    return base::IllegalArgument("Malformed [settings] section, should include an inner object");
  }
  if (key == "version") {
    const auto parsed = base::ParseInt32(value.text());
    if (!value.IsInteger() || !parsed.ok())
      return base::IllegalArgument("Malformed [version] value, should be an integer");
  }
  if ((key == "index_patterns" || key == "template") && !value.IsString() && !value.IsArray()) {
    return base::IllegalArgument(
        "Malformed [template] value, should be a string or a list of strings");
  }
  if (key == "aliases" && !value.IsObject())
    return base::IllegalArgument("Malformed [aliases] section, should include an inner object");
  return {};
}

Status ReadMember(TemplateKind kind, std::string_view key, const Value& value, Body& body) {
  RETURN_IF_ERROR(kind == TemplateKind::kLegacy ? CheckLegacy(key, value)
                                                : CheckTypes(kind, key, value));
  const bool legacy = kind == TemplateKind::kLegacy, index = kind == TemplateKind::kIndex;
  if (key == "index_patterns" && kind != TemplateKind::kComponent) {
    body.patterns = Texts(value);
  } else if (key == "template" && legacy) {
    body.patterns = Texts(value);  // as it was called once
  } else if (key == "template") {
    body.part = &value;
  } else if (key == "version") {
    ASSIGN_OR_RETURN(body.version, value.AsInt64());
  } else if (key == "order" && legacy) {
    ASSIGN_OR_RETURN(body.priority, ReadOrder(value));
  } else if (key == "priority" && index) {
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
  if (!root.IsObject()) return base::ParseError("a template must be an object");
  Body body;
  if (kind == TemplateKind::kLegacy) body.part = &root;
  for (const auto& [key, value] : root.members()) {
    RETURN_IF_ERROR(ReadMember(kind, key, *value, body));
  }
  if (kind == TemplateKind::kIndex && !body.patterns)
    return base::IllegalArgument("Required [index_patterns]");
  if (kind == TemplateKind::kIndex && body.patterns->empty())
    return base::IllegalArgument("There must be at least one pattern, zero given");
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
  cluster::SettingsUpdate given;
  const Value* const settings = part.Find("settings");
  if (settings != nullptr) {
    ASSIGN_OR_RETURN(given, cluster::ParseTemplateSettings(task, *settings));
  }
  const std::map<std::string, std::string> flat = cluster::ValuesOf(given);
  if (kind != TemplateKind::kIndex) RETURN_IF_ERROR(cluster::CheckAnalysis(flat));
  if (settings != nullptr || all) {
    out.ObjectField("settings");
    cluster::WriteSettings(out, given, /*flat=*/false);
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

Result<std::string> ParseTemplate(const tasks::TaskContext& task, const PutRequest& request) {
  if (base::TrimAscii(request.body).empty()) return base::ParseError("request body is required");
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, request.body));
  ASSIGN_OR_RETURN(Body body, Read(request.kind, document.root()));
  RETURN_IF_ERROR(CheckNames(request.name, body));
  std::string stored;
  base::json::CompactWriter out(stored);
  out.BeginObject();
  if (request.kind == TemplateKind::kLegacy) {
    if (!body.priority) body.priority = request.order;
    RETURN_IF_ERROR(WriteLegacy(task, out, body));
  } else {
    RETURN_IF_ERROR(WriteComposable(task, out, request.kind, body));
  }
  out.EndObject();
  return stored;
}

}  // namespace actions::templates
