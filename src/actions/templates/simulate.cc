#include "actions/templates/simulate.h"

#include "actions/shards/mapping_limits.h"
#include "actions/templates/compose.h"
#include "actions/templates/overlaps.h"
#include "actions/templates/templates.h"
#include "base/ids.h"
#include "base/text/strings.h"
#include "cluster/index/alias_changes.h"
#include "tasks/memory/parsed_json.h"
#include "tasks/memory/reservation.h"

namespace actions::templates {
namespace {

using base::Result;
using base::Status;

std::string MadeUp(const std::string& prefix) {
  return prefix + base::ToLowerAscii(base::RandomId());
}

Status AddOverlapping(const tasks::TaskContext& task,
                      const std::map<std::string, std::string>& templates,
                      const std::vector<std::string>& patterns, const std::string& own,
                      Simulated& simulated) {
  const auto counts = [&](const std::string& name, const base::json::Value&) {
    return name != own;
  };
  ASSIGN_OR_RETURN(const Overlaps overlaps, OverlapsWith(task, templates, patterns, counts));
  for (const std::string& name : overlaps.names) {
    ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, templates.at(name)));
    simulated.overlapping[name] = PatternsOf(document.root());
  }
  return {};
}

Result<Simulated> SimulateTemplate(const tasks::TaskContext& task,
                                   const cluster::ClusterState& state, const std::string& name,
                                   const std::string& index) {
  const cluster::Templates& templates = state.templates;
  Simulated simulated;
  simulated.found = true;
  ASSIGN_OR_RETURN(Composed composed, ComposeTemplate(task, templates, name));
  NameAliases(index, composed);
  for (const auto& entry : composed.aliases) {
    RETURN_IF_ERROR(cluster::CheckAliasName(entry.first));
    RETURN_IF_ERROR(cluster::CheckAliasIsNoIndex(state, entry.first));
  }
  ASSIGN_OR_RETURN(
      const auto mapping,
      engine::Mapping::ParseLayers(task, composed.mappings, MappingLimitsOf(composed.settings)));
  simulated.mappings = mapping->json();
  simulated.settings = std::move(composed.settings);
  simulated.aliases = std::move(composed.aliases);
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, templates.index.at(name)));
  const std::vector<std::string> patterns = PatternsOf(document.root());
  RETURN_IF_ERROR(AddOverlapping(task, templates.legacy, patterns, "", simulated));
  RETURN_IF_ERROR(AddOverlapping(task, templates.index, patterns, name, simulated));
  return simulated;
}

}  // namespace

Result<Simulated> Simulate(const tasks::TaskContext& task, const cluster::ClusterState& state,
                           const SimulateRequest& request) {
  tasks::Reservation memory(task, tasks::Breaker::kRequest, "<templates>");
  RETURN_IF_ERROR(memory.Resize(static_cast<std::int64_t>(state.templates.bytes())));
  cluster::ClusterState changed = state;
  std::string name = request.name;
  if (name.empty())
    name = MadeUp(request.index ? "simulate_index_template_" : "simulate_template_");
  if (!request.body.empty()) {
    const PutRequest put{.kind = cluster::TemplateKind::kIndex,
                         .name = name,
                         .body = request.body,
                         .create = request.create};
    ASSIGN_OR_RETURN(const std::string json, ParseTemplate(task, put));
    RETURN_IF_ERROR(AddTemplate(task, put, json, changed).status());
  }
  Simulated simulated;
  if (request.index) {
    ASSIGN_OR_RETURN(const auto best, BestOf(changed.templates, *request.index, /*hidden=*/false,
                                             task.memory_account()));
    if (best) {
      ASSIGN_OR_RETURN(simulated, SimulateTemplate(task, changed, *best, *request.index));
    }
  } else if (changed.templates.index.contains(name)) {
    ASSIGN_OR_RETURN(simulated,
                     SimulateTemplate(task, changed, name, MadeUp("simulate_template_index_")));
  } else {
    return base::IllegalArgument("unable to simulate template [" + name + "] that does not exist");
  }
  if (!request.body.empty()) {
    ASSIGN_OR_RETURN(simulated.warning,
                     OverlapWarning(task, changed.templates, cluster::TemplateKind::kIndex, name));
  }
  return simulated;
}

}  // namespace actions::templates
