#include "engine/mapping/definition.h"

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"

namespace engine {
namespace {

using base::json::Writer;
using Form = Parameter::Form;

void WriteField(const Definition& field, Writer& writer);

void WriteChildren(const Definition& field, std::string_view key, Writer& writer) {
  if (field.children.empty()) return;
  writer.ObjectField(key);
  for (const auto& [name, child] : field.children) {
    writer.Key(name);
    WriteField(child, writer);
  }
  writer.EndObject();
}

void WriteParameters(const Definition& field, Writer& writer) {
  for (std::size_t i = 0; i < field.values.size(); ++i) {
    const Parameter& parameter = field.type->parameters[i];
    if (parameter.form == Form::kFields) {
      WriteChildren(field, parameter.name, writer);
    } else if (!field.values[i].empty() &&
               (parameter.always || parameter.by_index || field.values[i] != parameter.fallback)) {
      writer.RawField(parameter.name, field.values[i]);
    } else if (parameter.always) {
      writer.RawField(parameter.name, parameter.fallback);
    } else if (parameter.name == "analyzer" && !field.Value("search_analyzer").empty()) {
      writer.Field("analyzer", "default");
    }
  }
}

void WriteField(const Definition& field, Writer& writer) {
  writer.BeginObject();
  // An object is known by its properties.
  if (field.type->kind != Kind::kObject || field.children.empty()) {
    writer.Field("type", field.type->name);
  }
  WriteParameters(field, writer);
  writer.EndObject();
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

std::string_view Definition::Value(std::string_view parameter) const {
  const int index = type->IndexOf(parameter);
  if (index < 0) return {};
  const auto at = static_cast<std::size_t>(index);
  return values[at].empty() ? type->parameters[at].fallback : std::string_view(values[at]);
}

std::string Definition::Text(std::string_view parameter) const {
  const std::string_view json = Value(parameter);
  if (!json.starts_with('"')) return std::string(json);
  const auto document = base::json::Document::Parse(json);
  return document.ok() ? std::string(document->root().text()) : std::string();
}

void Definition::Set(std::string_view parameter, std::string json) {
  if (const int index = type->IndexOf(parameter); index >= 0) {
    values[static_cast<std::size_t>(index)] = std::move(json);
  }
}

std::string ChildPath(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (!path.empty()) path.push_back('.');
  return path.append(name);
}

void WriteTree(const MappingTree& tree, Writer& writer) {
  const RootOptions& options = tree.options;
  writer.BeginObject();
  for (const char* key : {"dynamic", "enabled"}) {
    const int index = tree.root.type->IndexOf(key);
    const std::string& value = tree.root.values[static_cast<std::size_t>(index)];
    if (!value.empty() &&
        value != tree.root.type->parameters[static_cast<std::size_t>(index)].fallback) {
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
  WriteChildren(tree.root, "properties", writer);
  writer.EndObject();
}

std::string JavaText(const base::json::Value& value) {
  std::string text;
  AppendJavaText(value, text);
  return text;
}

}  // namespace engine
