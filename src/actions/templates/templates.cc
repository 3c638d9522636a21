#include "actions/templates/templates.h"

#include <algorithm>
#include <array>

#include "actions/shards/mapping_limits.h"
#include "actions/templates/body.h"
#include "actions/templates/compose.h"
#include "actions/templates/overlaps.h"
#include "base/text/strings.h"
#include "cluster/index/alias_changes.h"
#include "cluster/settings/analysis_settings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::templates {

namespace {

using base::Result;
using base::Status;
using cluster::ClusterState;
using cluster::TemplateKind;
using cluster::Templates;
using Changes = cluster::ClusterService::Changes;

struct ActionNames {
  std::string_view put, erase;
};
// By kind.
constexpr std::array<ActionNames, 3> kNames = {{
    {"indices:admin/index_template/put", "indices:admin/index_template/delete"},
    {"cluster:admin/component_template/put", "cluster:admin/component_template/delete"},
    {"indices:admin/template/put", "indices:admin/template/delete"},
}};

Status Exists(TemplateKind kind, const std::string& name) {
  constexpr std::array<const char*, 3> kWhat = {"index template [", "component template [",
                                                "index_template ["};
  return base::IllegalArgument(kWhat[static_cast<std::size_t>(kind)] + name + "] already exists");
}

Status CheckComponents(const Templates& templates, const std::string& name,
                       const base::json::Value& stored) {
  std::vector<std::string> missing;
  for (const std::string& component : ComponentsOf(stored)) {
    if (!templates.component.contains(component)) missing.push_back(component);
  }
  if (missing.empty()) return {};
  return InvalidTemplate(name, "index template [" + name + "] specifies component templates [" +
                                   base::Join(missing, ", ") + "] that do not exist");
}

// No two index templates may be the best of one index.
Status CheckPriority(const tasks::TaskContext& task, const Templates& templates,
                     const std::string& name, const base::json::Value& stored) {
  const std::vector<std::string> patterns = PatternsOf(stored);
  ASSIGN_OR_RETURN(const Overlaps overlaps,
                   OverlapsWith(task, templates.index, patterns,
                                [&](const std::string& other, const base::json::Value& theirs) {
                                  return other != name && PriorityOf(theirs) == PriorityOf(stored);
                                }));
  if (overlaps.names.empty()) return {};
  return base::IllegalArgument(
      "index template [" + name + "] has index patterns [" + base::Join(patterns, ", ") +
      "] matching patterns from existing templates [" + base::Join(overlaps.names, ",") +
      "] with patterns (" + base::Join(overlaps.shown, ",") + ") that have the same priority [" +
      std::to_string(PriorityOf(stored)) +
      "], multiple index templates may not match during index creation, please use a different "
      "priority");
}

// Whether what an index template comes to is good for an index.
Status CheckComposed(const tasks::TaskContext& task, const ClusterState& state,
                     const std::string& name) {
  ASSIGN_OR_RETURN(const Composed composed, ComposeTemplate(task, state.templates, name));
  for (const auto& entry : composed.aliases) {
    RETURN_IF_ERROR(cluster::CheckAliasIsNoIndex(state, entry.first));
  }
  RETURN_IF_ERROR(cluster::CheckSettings(composed.settings));
  RETURN_IF_ERROR(cluster::CheckAnalysis(composed.settings));
  Status mappings =
      engine::Mapping::ParseLayers(task, composed.mappings, MappingLimitsOf(composed.settings))
          .status();
  if (mappings.ok() || mappings.code() == base::Code::kCancelled) return mappings;
  return base::IllegalArgument("invalid composite mappings for [" + name + "]").CausedBy(mappings);
}

Result<std::vector<std::string>> UsersOf(const Templates& templates, const std::string& component,
                                         tasks::MemoryAccount* memory) {
  std::vector<std::string> users;
  for (const auto& [name, json] : templates.index) {
    ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(memory, json));
    if (std::ranges::count(ComponentsOf(document.root()), component) > 0) users.push_back(name);
  }
  return users;
}

Status CheckIndexTemplate(const tasks::TaskContext& task, const ClusterState& state,
                          const std::string& name, const std::string& json) {
  const Templates& templates = state.templates;
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, json));
  RETURN_IF_ERROR(CheckComponents(templates, name, document.root()));
  RETURN_IF_ERROR(CheckPriority(task, templates, name, document.root()));
  Status composed = CheckComposed(task, state, name);
  if (composed.ok() || composed.code() == base::Code::kCancelled) return composed;
  const std::vector<std::string> components = ComponentsOf(document.root());
  const std::string with =
      components.empty() ? "" : "with component templates [" + base::Join(components, ", ") + "] ";
  return base::IllegalArgument("composable template [" + name + "] template after composition " +
                               with + "is invalid")
      .CausedBy(composed);
}

Status CheckComponent(const tasks::TaskContext& task, const ClusterState& state,
                      const std::string& name) {
  ASSIGN_OR_RETURN(const auto users, UsersOf(state.templates, name, task.memory_account()));
  for (const std::string& user : users) {
    Status composed = CheckComposed(task, state, user);
    if (composed.code() == base::Code::kCancelled) return composed;
    if (composed.ok()) continue;
    return base::IllegalArgument("updating component template [" + name +
                                 "] results in invalid composable template [" + user +
                                 "] after templates are merged")
        .CausedBy(composed);
  }
  return {};
}

Status RefuseUsed(const Templates& templates, const std::vector<std::string>& names,
                  tasks::MemoryAccount* memory) {
  std::vector<std::string> used, users;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const auto of, UsersOf(templates, name, memory));
    if (!of.empty()) used.push_back(name);
    users.insert(users.end(), of.begin(), of.end());
  }
  if (used.empty()) return {};
  return base::IllegalArgument("component templates [" + base::Join(used, ", ") +
                               "] cannot be removed as they are still in use by index templates [" +
                               base::Join(users, ", ") + "]");
}

}  // namespace

std::string_view PutAction(TemplateKind kind) { return kNames[static_cast<std::size_t>(kind)].put; }

Result<bool> AddTemplate(const tasks::TaskContext& task, const PutRequest& request,
                         const std::string& json, ClusterState& state) {
  auto& templates = cluster::TemplatesOf(state.templates, request.kind);
  if (request.create && templates.contains(request.name)) {
    return Exists(request.kind, request.name);
  }
  if (const auto there = templates.find(request.name);
      there != templates.end() && there->second == json) {
    return false;
  }
  templates[request.name] = json;
  if (request.kind == TemplateKind::kIndex) {
    RETURN_IF_ERROR(CheckIndexTemplate(task, state, request.name, json));
  } else if (request.kind == TemplateKind::kComponent) {
    RETURN_IF_ERROR(CheckComponent(task, state, request.name));
  }
  return true;
}

void Put(Node& node, tasks::RunningTask task, PutRequest request, PutDone done) {
  const auto warning = std::make_shared<std::string>();
  const auto work = [&node, request = std::move(request),
                     warning](tasks::TaskContext& running) -> Status {
    ASSIGN_OR_RETURN(const std::string json, ParseTemplate(running, request));
    return node.cluster.Apply(running, [&](ClusterState& state) -> Result<Changes> {
      ASSIGN_OR_RETURN(const bool added, AddTemplate(running, request, json, state));
      ASSIGN_OR_RETURN(*warning,
                       OverlapWarning(running, state.templates, request.kind, request.name));
      if (!added) return Changes();
      return Changes{cluster::TemplateRecord(request.kind, request.name, json)};
    });
  };
  RunChange(node, std::move(task), work,
            [warning, done = std::move(done)](const Result<Acknowledged>& acknowledged) {
              done(acknowledged, *warning);
            });
}

void Delete(Node& node, tasks::OriginPtr origin, TemplateKind kind, std::string pattern,
            ChangeDone done) {
  tasks::TaskSpec spec{.action = kNames[static_cast<std::size_t>(kind)].erase};
  spec.origin = std::move(origin);
  const auto work = [&node, kind, pattern = std::move(pattern)](tasks::TaskContext& running) {
    return node.cluster.Apply(running, [&](ClusterState& state) -> Result<Changes> {
      auto& templates = cluster::TemplatesOf(state.templates, kind);
      std::vector<std::string> names;
      for (const auto& entry : templates) {
        if (base::GlobMatch(pattern, entry.first)) names.push_back(entry.first);
      }
      if (names.empty() && pattern != "*") {
        return Status(404, "index_template_missing_exception",
                      "index_template [" + pattern + "] missing");
      }
      if (kind == TemplateKind::kComponent)
        RETURN_IF_ERROR(RefuseUsed(state.templates, names, node.registry.memory()));
      Changes changes;
      for (const std::string& name : names) {
        changes.push_back(cluster::TemplateGone(kind, name));
        templates.erase(name);
      }
      return changes;
    });
  };
  RunChange(node, std::move(spec), work, std::move(done));
}

}  // namespace actions::templates
