// actions/templates/compose.h
//
// What templates say of an index that is made: of the index template with the highest priority its
// components, in their order, then itself; if there is none, of all legacy templates, the highest
// order last. The later wins.
//
// Templates are parsed on `memory`, which may be null, or on the task's account: 429 where there is
// no room for one. Threads: pure functions.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/tree.h"
#include "cluster/cluster_state.h"
#include "cluster/settings/index_settings.h"
#include "tasks/task_context.h"

namespace actions::templates {

struct Composed {
  std::map<std::string, std::string> settings;  // flat
  std::map<std::string, std::string> aliases;
  // As JSON, the lowest first, for engine::Mapping::ParseLayers(); of legacy templates at most one.
  std::vector<std::string> mappings;
  bool legacy = false;
};

// Of the templates whose patterns fit. A hidden index is not meant by the pattern `*`.
base::Result<Composed> ComposeFor(const tasks::TaskContext& task,
                                  const cluster::ClusterState& state, const std::string& index,
                                  bool hidden);
// The legacy templates of an index, the highest order first; none if an index template fits it.
base::Result<std::vector<std::string>> LegacyTemplatesFor(const cluster::Templates& templates,
                                                          const std::string& index, bool hidden,
                                                          tasks::MemoryAccount* memory);
// The name of the index template that fits best, if one does.
base::Result<std::optional<std::string>> BestOf(const cluster::Templates& templates,
                                                const std::string& index, bool hidden,
                                                tasks::MemoryAccount* memory);
// Of one index template, by its name.
base::Result<Composed> ComposeTemplate(const tasks::TaskContext& task,
                                       const cluster::Templates& templates,
                                       const std::string& name);

// Puts the name of the index in place of `{index}` in the names of aliases.
void NameAliases(const std::string& index, Composed& composed);

// Puts settings on top: of the next template, at last of the request for the index. Null takes what
// lies below away, so that the default holds.
void AddSettings(const cluster::SettingsUpdate& settings, Composed& composed);
// The same of mappings.
base::Status AddMappings(const tasks::TaskContext& task, std::string mappings, Composed& composed);

// Of a template as it is kept.
std::vector<std::string> PatternsOf(const base::json::Value& stored);
std::vector<std::string> ComponentsOf(const base::json::Value& stored);
std::int64_t PriorityOf(const base::json::Value& stored);  // or order; 0 if it has none
// Whether some name fits both. Takes the product of their lengths, unless their ends tell them
// apart; a stop of the task ends it.
base::Result<bool> Overlap(const tasks::TaskContext& task, std::string_view pattern,
                           std::string_view other);

}  // namespace actions::templates
