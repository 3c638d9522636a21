#include "engine/mapping/definition.h"

#include <algorithm>

#include "base/text/numbers.h"

namespace engine {
namespace {

using base::json::Writer;
using Form = Parameter::Form;

// One analyzer is shown with all that it would be taken from.
bool IsImplied(const Definition& field, std::string_view parameter) {
  const bool quote = !field.Value("search_quote_analyzer").empty();
  if (parameter == "search_analyzer") return quote;
  return parameter == "analyzer" && (quote || !field.Value("search_analyzer").empty());
}

void WriteParameters(const Definition& field, const WriteMembers& members, Writer& writer) {
  for (std::size_t i = 0; i < field.type->parameters.size(); ++i) {
    const Parameter& parameter = field.type->parameters[i];
    const std::string& value = field.values[i];
    if (parameter.form == Form::kFields) {
      if (!members) continue;
      writer.ObjectField(parameter.name);
      members(writer);
      writer.EndObject();
    } else if (!value.empty() &&
               (parameter.always || parameter.by_index || value != parameter.fallback)) {
      writer.RawField(parameter.name, value);
    } else if (parameter.always) {
      writer.RawField(parameter.name, parameter.fallback);
    } else if (IsImplied(field, parameter.name)) {
      const std::string_view analyzer = field.Value("analyzer");
      writer.RawField(parameter.name, analyzer.empty() ? "\"default\"" : analyzer);
    }
  }
}

WriteMembers MembersOf(const Draft& field) {
  if (field.children.empty()) return nullptr;
  return [&field](Writer& writer) {
    for (const auto& [name, child] : field.children) {
      writer.Key(name);
      WriteField(child, MembersOf(child), writer);
    }
  };
}

void AppendJavaText(const base::json::Value& value, std::string& out) {
  if (value.IsObject()) {
    out.push_back('{');
    for (const base::json::Member& member : value.members()) {
      if (&member != value.members().data()) out += ", ";
      out.append(member.key).push_back('=');
      AppendJavaText(*member.value, out);
    }
    out.push_back('}');
  } else if (value.IsArray()) {
    out.push_back('[');
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      if (i > 0) out += ", ";
      AppendJavaText(*value.items()[i], out);
    }
    out.push_back(']');
  } else if (value.IsNumber() && !value.IsInteger()) {
    const auto number = value.AsDouble();
    base::AppendJavaDouble(out, number.ok() ? *number : 0);
  } else {
    out += value.text();
  }
}

}  // namespace

const std::string& ParameterValues::operator[](std::size_t parameter) const {
  static const std::string not_given;
  for (const auto& [number, json] : given_) {
    if (number == parameter) return json;
  }
  return not_given;
}

void ParameterValues::Set(std::size_t parameter, std::string json) {
  const auto at =
      std::ranges::lower_bound(given_, parameter, {}, [](auto& one) { return one.first; });
  if (at != given_.end() && at->first == parameter) {
    at->second = std::move(json);
  } else {
    given_.emplace(at, parameter, std::move(json));
  }
}

std::string_view Definition::Value(std::string_view parameter) const {
  const int index = type->IndexOf(parameter);
  if (index < 0) return {};
  const auto at = static_cast<std::size_t>(index);
  const std::string& given = values[at];
  return given.empty() ? type->parameters[at].fallback : std::string_view(given);
}

std::string Definition::Text(std::string_view parameter) const {
  const std::string_view json = Value(parameter);
  if (!json.starts_with('"')) return std::string(json);
  const auto document = base::json::Document::Parse(json);
  return document.ok() ? std::string(document->root().text()) : std::string();
}

std::string ChildPath(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (!path.empty()) path.push_back('.');
  return path.append(name);
}

void WriteField(const Definition& field, const WriteMembers& members, Writer& writer) {
  writer.BeginObject();
  // An object is known by its properties.
  if (field.type->kind != Kind::kObject || !members) writer.Field("type", field.type->name);
  WriteParameters(field, members, writer);
  writer.EndObject();
}

void WriteMapping(const MappingDraft& draft, Writer& writer) {
  WriteMapping(draft.root, draft.options, MembersOf(draft.root), writer);
}

void WriteMapping(const Definition& root, const RootOptions& options,
                  const WriteMembers& properties, Writer& writer) {
  writer.BeginObject();
  for (const char* key : {"dynamic", "enabled"}) {
    const auto index = static_cast<std::size_t>(root.type->IndexOf(key));
    const std::string& value = root.values[index];
    if (!value.empty() && value != root.type->parameters[index].fallback) {
      writer.RawField(key, value);
    }
  }
  if (const auto meta = options.metadata.find("_meta"); meta != options.metadata.end()) {
    writer.RawField("_meta", meta->second);
  }
  for (const auto& [key, value] : options.metadata) {
    if (key != "_meta" && !value.empty()) writer.RawField(key, value);
  }
  if (options.has_date_formats) {
    writer.ArrayField("dynamic_date_formats");
    for (const std::string& format : options.date_formats) writer.String(format);
    writer.EndArray();
  }
  if (options.has_templates) {
    writer.ArrayField("dynamic_templates");
    for (const auto& [name, body] : options.templates) {
      writer.BeginObject();
      writer.RawField(name, body);
      writer.EndObject();
    }
    writer.EndArray();
  }
  if (!options.date_detection.empty()) writer.RawField("date_detection", options.date_detection);
  if (!options.numeric_detection.empty()) {
    writer.RawField("numeric_detection", options.numeric_detection);
  }
  if (!options.derived.empty()) writer.RawField("derived", options.derived);
  if (properties) {
    writer.ObjectField("properties");
    properties(writer);
    writer.EndObject();
  }
  writer.EndObject();
}

std::string JavaText(const base::json::Value& value) {
  std::string text;
  AppendJavaText(value, text);
  return text;
}

}  // namespace engine
