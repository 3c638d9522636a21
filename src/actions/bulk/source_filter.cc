#include "actions/bulk/source_filter.h"

#include "base/json/compact_writer.h"
#include "base/json/diagnose.h"
#include "base/json/path_filter.h"
#include "tasks/memory/parsed_json.h"

namespace actions::bulk {

namespace {

using base::json::FirstToken;

base::Status ParsingError(std::string reason) {
  return base::Status(400, "parsing_exception", std::move(reason))
      .With("line", "1", true)
      .With("col", "1", true);
}

base::Status UnknownKey(const base::json::Value& value, std::string_view field) {
  return ParsingError("Unknown key for a " + std::string(FirstToken(value)) + " in [" +
                      std::string(field) + "].");
}

base::Status ReadNames(const base::json::Value& value, std::string_view field,
                       std::vector<std::string>& names) {
  names.clear();
  if (value.IsString()) {
    names.emplace_back(value.text());
    return {};
  }
  if (!value.IsArray()) return UnknownKey(value, field);
  for (const base::json::Value* name : value.items()) {
    if (!name->IsString()) return UnknownKey(*name, field);
    names.emplace_back(name->text());
  }
  return {};
}

}  // namespace

base::Result<SourceFilter> SourceFilter::FromJson(const base::json::Value& value) {
  SourceFilter filter;
  if (value.IsBool()) {
    ASSIGN_OR_RETURN(filter.fetch, value.AsBool());
  } else if (value.IsObject()) {
    for (const base::json::Member& member : value.members()) {
      if (member.key == "includes" || member.key == "include") {
        RETURN_IF_ERROR(ReadNames(*member.value, member.key, filter.includes));
      } else if (member.key == "excludes" || member.key == "exclude") {
        RETURN_IF_ERROR(ReadNames(*member.value, member.key, filter.excludes));
      } else {
        return UnknownKey(*member.value, member.key);
      }
    }
  } else if (value.IsString() || value.IsArray()) {
    RETURN_IF_ERROR(ReadNames(value, "_source", filter.includes));
  } else {
    return ParsingError(
        "Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [" +
        std::string(FirstToken(value)) + "]");
  }
  return filter;
}

std::string SourceFilter::Apply(const base::json::Value& document) const {
  std::string out;
  base::json::CompactWriter writer(out);
  base::json::PathFilter(includes, excludes).Write(document, writer);
  return out;
}

std::string SourceFilter::Apply(std::string_view source, tasks::MemoryAccount* account) const {
  if (LeavesAll()) return std::string(source);
  const auto document =
      tasks::ParsedJson::ParseAnyway(account, source, base::json::DuplicateKeys::kLastWins);
  return document.ok() ? Apply(document->root()) : std::string(source);
}

}  // namespace actions::bulk
