#include "engine/mapping/full_definition.h"

namespace engine {
namespace {

using base::json::Writer;
using Form = Parameter::Form;

// Of a field without its own parameters for these.
void WriteCommonParameters(Writer& writer) {
  writer.RawField("boost", "1.0");
  writer.Field("index", true);
  writer.Field("doc_values", true);
  writer.Field("store", false);
  writer.RawField("meta", "{}");
}

// Each analyzer is taken from the one before it.
std::string_view AnalyzerOf(const Definition& field, std::string_view parameter) {
  const std::string_view given = field.Value(parameter);
  if (!given.empty()) return given;
  if (parameter == "search_quote_analyzer") return AnalyzerOf(field, "search_analyzer");
  return parameter == "analyzer" ? "\"default\"" : AnalyzerOf(field, "analyzer");
}

// As JSON; empty: it is not shown unless it was given.
std::string_view DefaultOf(const Definition& field, const Parameter& parameter,
                           const MappingLimits& limits) {
  const std::string_view name = parameter.name;
  if (name == "copy_to" || name == "contexts") return {};
  if (name == "meta") return "{}";
  if (name == "print_format") return "\"strict_date_optional_time\"";
  if (name == "fielddata_frequency_filter")
    return R"({"min":0.0,"max":2147483647.0,"min_segment_size":0})";
  if (name.ends_with("analyzer")) return AnalyzerOf(field, name);
  if (parameter.by_index) {
    const bool value = name == "coerce" ? limits.coerce : limits.ignore_malformed;
    return value ? "true" : "false";
  }
  return parameter.fallback.empty() ? "null" : parameter.fallback;
}

void WriteMultiFields(const Draft& field, const MappingLimits& limits, Writer& writer) {
  if (field.type->kind == Kind::kRange) {
    writer.Field("ignore_malformed", limits.ignore_malformed);  // shown, though it is no parameter
  }
  if (field.children.empty()) return;
  writer.ObjectField("fields");
  for (const auto& [name, child] : field.children) {
    writer.Key(name);
    WriteFullField(child, limits, writer);
  }
  writer.EndObject();
}

void WriteParameters(const Draft& field, const MappingLimits& limits, Writer& writer) {
  const bool match_only = field.type->name == "match_only_text";
  for (std::size_t i = 0; i < field.type->parameters.size(); ++i) {
    const Parameter& parameter = field.type->parameters[i];
    if (parameter.form == Form::kFields) {
      WriteMultiFields(field, limits, writer);
      continue;
    }
    std::string_view value = field.values[i];
    if (value.empty()) value = DefaultOf(field, parameter, limits);
    // OpenSearch shows these two as those of a text, which they are not.
    if (match_only && parameter.name == "norms") value = "true";
    if (match_only && parameter.name == "index_options") value = "\"positions\"";
    if (!value.empty()) writer.RawField(parameter.name, value);
  }
}

}  // namespace

void WriteFullField(const Draft& field, const MappingLimits& limits, Writer& writer) {
  const Kind kind = field.type->kind;
  if (kind == Kind::kAlias || kind == Kind::kConstant || kind == Kind::kJoin)
    return WriteField(field, nullptr, writer);
  writer.BeginObject();
  writer.Field("type", field.type->name);
  if (kind == Kind::kGeoPoint || kind == Kind::kShape) writer.RawField("boost", "1.0");
  if (kind == Kind::kFlat) WriteCommonParameters(writer);
  if (kind == Kind::kAnything) writer.RawField("meta", "{}");
  WriteParameters(field, limits, writer);
  writer.EndObject();
}

}  // namespace engine
