#include "actions/templates/overlaps.h"

#include <algorithm>

#include "actions/templates/compose.h"
#include "base/text/strings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::templates {

using base::Result;
using cluster::TemplateKind;

namespace {

bool AnyOverlap(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return std::ranges::any_of(some, [&](const std::string& one) {
    return std::ranges::any_of(others, [&](const std::string& two) { return Overlap(one, two); });
  });
}

}  // namespace

Result<Overlaps> OverlapsWith(const std::map<std::string, std::string>& templates,
                              const std::vector<std::string>& patterns, const Counts& counts,
                              tasks::MemoryAccount* memory) {
  Overlaps overlaps;
  for (const auto& [name, json] : templates) {
    ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(memory, json));
    if (!counts(name, document.root())) continue;
    const std::vector<std::string> theirs = PatternsOf(document.root());
    if (!AnyOverlap(patterns, theirs)) continue;
    overlaps.names.push_back(name);
    overlaps.shown.push_back(name + " => [" + base::Join(theirs, ", ") + "]");
  }
  return overlaps;
}

std::string OverlapWarning(const cluster::Templates& templates, TemplateKind kind,
                           const std::string& name, tasks::MemoryAccount* memory) {
  if (kind == TemplateKind::kComponent) return {};
  const bool legacy = kind == TemplateKind::kLegacy;
  const auto& own = legacy ? templates.legacy : templates.index;
  const auto stored = own.find(name);
  if (stored == own.end()) return {};  // deleted meanwhile
  const auto document = tasks::ParsedJson::Parse(memory, stored->second);
  if (!document.ok()) return {};
  const std::vector<std::string> patterns = PatternsOf(document->root());
  const auto overlaps = OverlapsWith(
      legacy ? templates.index : templates.legacy, patterns,
      [](const auto&, const auto&) { return true; }, memory);
  if (!overlaps.ok() || overlaps->names.empty()) return {};
  return std::string(legacy ? "legacy" : "index") + " template [" + name +
         "] has index patterns [" + base::Join(patterns, ", ") +
         "] matching patterns from existing " + (legacy ? "composable" : "older") + " templates [" +
         base::Join(overlaps->names, ",") + "] with patterns (" + base::Join(overlaps->shown, ",") +
         "); this template [" + name + "] " +
         (legacy ? "may be ignored in favor of a composable template at index creation time"
                 : "will take precedence during new index creation");
}

}  // namespace actions::templates
