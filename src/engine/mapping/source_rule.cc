#include "engine/mapping/source_rule.h"

#include <vector>

#include "base/json/compact_writer.h"
#include "tasks/memory/parsed_json.h"

namespace engine {

namespace {

using base::json::Value;

std::vector<std::string> Names(const Value& rule, std::string_view key) {
  std::vector<std::string> names;
  const Value* const list = rule.Find(key);
  if (list == nullptr) return names;
  for (const Value* name : list->items()) names.emplace_back(name->text());
  return names;
}

}  // namespace

std::optional<SourceRule> SourceRule::Parse(std::string_view json) {
  const auto document = base::json::Document::Parse(json);
  if (json.empty() || !document.ok()) return {};
  SourceRule rule;
  const Value* const enabled = document->root().Find("enabled");
  if (enabled != nullptr && enabled->text() == "false") return rule;
  const auto includes = Names(document->root(), "includes");
  const auto excludes = Names(document->root(), "excludes");
  if (includes.empty() && excludes.empty()) return {};
  rule.filter_.emplace(includes, excludes);
  return rule;
}

base::Result<std::optional<std::string>> SourceRule::Apply(const tasks::TaskContext& task,
                                                           std::string_view source) const {
  if (!filter_) return std::optional<std::string>();
  ASSIGN_OR_RETURN(const auto document,
                   tasks::ParsedJson::Parse(task, source, base::json::DuplicateKeys::kLastWins));
  std::string left;
  base::json::CompactWriter writer(left);
  filter_->Write(document.root(), writer);
  return std::optional(std::move(left));
}

}  // namespace engine
