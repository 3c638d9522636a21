#include "actions/templates/overlaps.h"

#include <algorithm>

#include "actions/templates/compose.h"
#include "base/text/strings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::templates {

using base::Result;
using cluster::TemplateKind;

namespace {

Result<bool> AnyOverlap(const tasks::TaskContext& task, const std::vector<std::string>& some,
                        const std::vector<std::string>& others) {
  for (const std::string& one : some) {
    RETURN_IF_ERROR(task.Checkpoint());
    for (const std::string& two : others) {
      ASSIGN_OR_RETURN(const bool overlap, Overlap(task, one, two));
      if (overlap) return true;
    }
  }
  return false;
}

}  // namespace

Result<Overlaps> OverlapsWith(const tasks::TaskContext& task,
                              const std::map<std::string, std::string>& templates,
                              const std::vector<std::string>& patterns, const Counts& counts) {
  Overlaps overlaps;
  for (const auto& [name, json] : templates) {
    ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, json));
    if (!counts(name, document.root())) continue;
    const std::vector<std::string> theirs = PatternsOf(document.root());
    ASSIGN_OR_RETURN(const bool any, AnyOverlap(task, patterns, theirs));
    if (!any) continue;
    overlaps.names.push_back(name);
    overlaps.shown.push_back(name + " => [" + base::Join(theirs, ", ") + "]");
  }
  return overlaps;
}

Result<std::string> OverlapWarning(const tasks::TaskContext& task,
                                   const cluster::Templates& templates, TemplateKind kind,
                                   const std::string& name) {
  if (kind == TemplateKind::kComponent) return std::string();
  const bool legacy = kind == TemplateKind::kLegacy;
  const std::string& stored = (legacy ? templates.legacy : templates.index).at(name);
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, stored));
  const std::vector<std::string> patterns = PatternsOf(document.root());
  ASSIGN_OR_RETURN(const Overlaps overlaps,
                   OverlapsWith(task, legacy ? templates.index : templates.legacy, patterns,
                                [](const auto&, const auto&) { return true; }));
  if (overlaps.names.empty()) return std::string();
  return std::string(legacy ? "legacy" : "index") + " template [" + name +
         "] has index patterns [" + base::Join(patterns, ", ") +
         "] matching patterns from existing " + (legacy ? "composable" : "older") + " templates [" +
         base::Join(overlaps.names, ",") + "] with patterns (" + base::Join(overlaps.shown, ",") +
         "); this template [" + name + "] " +
         (legacy ? "may be ignored in favor of a composable template at index creation time"
                 : "will take precedence during new index creation");
}

}  // namespace actions::templates
