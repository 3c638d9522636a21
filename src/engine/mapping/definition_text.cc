#include "engine/mapping/definition_text.h"

#include <utility>

#include "base/json/compact_writer.h"
#include "base/text/numbers.h"

namespace engine {
namespace {

using base::IllegalArgument;
using base::Result;
using base::Status;
using base::json::Value;

Status BadMapping(std::string reason) {
  return {400, "mapper_parsing_exception", std::move(reason)};
}

void DropIfSame(Draft& field, std::string_view parameter, std::string_view as) {
  const int index = field.type->IndexOf(parameter);
  if (index >= 0 && field.Value(parameter) == as)
    field.values.Set(static_cast<std::size_t>(index), "");
}

// An analyzer that is as it would be anyway counts as not given.
void DropPlainAnalyzers(Draft& field) {
  constexpr std::string_view kDefault = "\"default\"";
  const auto or_else = [](std::string_view value, std::string_view other) {
    return std::string(value.empty() ? other : value);
  };
  const std::string analyzer = or_else(field.Value("analyzer"), kDefault);
  const std::string searching = or_else(field.Value("search_analyzer"), analyzer);
  DropIfSame(field, "search_quote_analyzer", searching);
  DropIfSame(field, "search_analyzer", analyzer);
  if (field.type->parameters[static_cast<std::size_t>(field.type->IndexOf("analyzer"))]
          .fallback.empty()) {
    DropIfSame(field, "analyzer", kDefault);
  }
}

}  // namespace

Result<std::string> ParsePrefixes(const Value& value) {
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginObject();
  for (const auto& [key, fallback] : {std::pair("min_chars", 2), std::pair("max_chars", 5)}) {
    const Value* given = value.Find(key);
    ASSIGN_OR_RETURN(const std::int64_t chars,
                     given == nullptr ? Result<std::int64_t>(fallback) : given->AsInt64());
    writer.Field(key, chars);
  }
  writer.EndObject();
  return json;
}

Result<std::string> ParseFrequencies(const Value& value) {
  if (!value.IsObject()) return value.ToString();
  double min = 0, max = INT32_MAX;
  std::int64_t segment = 0;
  for (const base::json::Member& member : value.members()) {
    if (member.key == "min" || member.key == "max") {
      double& bound = member.key == "min" ? min : max;
      ASSIGN_OR_RETURN(bound, base::ParseDouble(member.value->text()));
    } else if (member.key == "min_segment_size") {
      ASSIGN_OR_RETURN(segment, member.value->AsInt64());
    } else {
      return BadMapping("unknown parameter [" + std::string(member.key) +
                        "] of [fielddata_frequency_filter]");
    }
  }
  std::string json;
  base::json::CompactWriter writer(json);
  writer.BeginObject();
  writer.Field("min", min);
  writer.Field("max", max);
  writer.Field("min_segment_size", segment);
  writer.EndObject();
  return json;
}

Status FinishText(Draft& field) {
  const std::string name(field.name());
  const bool prefixes = !field.Value("index_prefixes").empty();
  if (field.type->name == "match_only_text") {
    const auto refuse = [](const std::string& what) {
      return BadMapping(what + " cannot be enabled on for match_only_text field");
    };
    if (field.Bool("norms")) return refuse("Norms");
    for (const auto& [given, what] : {std::pair(field.Bool("index_phrases"), "Index phrases"),
                                      std::pair(prefixes, "Index prefixes")}) {
      if (given) return BadMapping(refuse(what).reason() + ". Use text field instead");
    }
  } else if (!field.Bool("index") && prefixes) {
    return IllegalArgument("Cannot set index_prefixes on unindexed field [" + name + "]");
  }
  DropPlainAnalyzers(field);
  return {};
}

}  // namespace engine
