#include "actions/templates/compose.h"

#include <algorithm>

#include "actions/aliases/aliases.h"
#include "base/json/merge_defaults.h"
#include "base/text/strings.h"
#include "tasks/memory/parsed_json.h"

namespace actions::templates {

namespace {

using base::Result;
using base::Status;
using base::json::Value;
using tasks::ParsedJson;

std::vector<std::string> TextsOf(const Value* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  for (const Value* item : list->items()) texts.emplace_back(item->text());
  return texts;
}

// Legacy templates are merged as text: OpenSearch completes each mapping with what lies below.
Result<std::string> Completed(const tasks::TaskContext& task, const std::string& upper,
                              const std::string& lower) {
  ASSIGN_OR_RETURN(ParsedJson document, ParsedJson::Parse(task, upper));
  ASSIGN_OR_RETURN(const ParsedJson defaults, ParsedJson::Parse(task, lower));
  base::json::Document& merged = document.document();
  if (merged.root().IsObject() && defaults.root().IsObject())
    base::json::MergeDefaults(merged, merged.root(), defaults.root());
  return merged.root().ToString();
}

// Puts one template's part on top of what there is.
Status Add(const tasks::TaskContext& task, const Value& part, Composed& composed) {
  RETURN_IF_ERROR(task.Checkpoint());
  if (const Value* settings = part.Find("settings")) {
    ASSIGN_OR_RETURN(const auto flat, cluster::ParseTemplateSettings(task, *settings));
    AddSettings(flat, composed);
  }
  if (const Value* mappings = part.Find("mappings")) {
    RETURN_IF_ERROR(AddMappings(task, mappings->ToString(), composed));
  }
  if (const Value* aliases = part.Find("aliases")) {
    ASSIGN_OR_RETURN(auto parsed, aliases::ParseAliases(*aliases));
    for (auto& [name, how] : parsed) composed.aliases[name] = std::move(how);
  }
  return {};
}

bool Fits(const Value& stored, const std::string& index, bool hidden) {
  return std::ranges::any_of(PatternsOf(stored), [&](const std::string& pattern) {
    return !(hidden && pattern == "*") && base::GlobMatch(pattern, index);
  });
}

struct Fitting {
  std::string name;
  ParsedJson document;

  std::int64_t order() const { return PriorityOf(document.root()); }
};

// The lowest order first.
Result<std::vector<Fitting>> FittingLegacy(const cluster::Templates& templates,
                                           const std::string& index, bool hidden,
                                           tasks::MemoryAccount* memory) {
  std::vector<Fitting> fitting;
  for (const auto& [name, json] : templates.legacy) {
    ASSIGN_OR_RETURN(ParsedJson document, ParsedJson::Parse(memory, json));
    if (Fits(document.root(), index, hidden)) fitting.push_back({name, std::move(document)});
  }
  std::ranges::stable_sort(fitting, {}, &Fitting::order);
  return fitting;
}

Result<Composed> ComposeLegacy(const tasks::TaskContext& task, const cluster::Templates& templates,
                               const std::string& index, bool hidden) {
  ASSIGN_OR_RETURN(const std::vector<Fitting> all,
                   FittingLegacy(templates, index, hidden, task.memory_account()));
  Composed composed;
  composed.legacy = true;
  for (const Fitting& fitting : all) {
    RETURN_IF_ERROR(Add(task, fitting.document.root(), composed));
  }
  return composed;
}

}  // namespace

Result<std::optional<std::string>> BestOf(const cluster::Templates& templates,
                                          const std::string& index, bool hidden,
                                          tasks::MemoryAccount* memory) {
  std::optional<std::string> best;
  std::int64_t priority = -1;
  for (const auto& [name, json] : templates.index) {
    ASSIGN_OR_RETURN(const ParsedJson document, ParsedJson::Parse(memory, json));
    if (!Fits(document.root(), index, hidden) || PriorityOf(document.root()) <= priority) continue;
    priority = PriorityOf(document.root());
    best = name;
  }
  return best;
}

void NameAliases(const std::string& index, Composed& composed) {
  constexpr std::string_view kPlace = "{index}";
  std::map<std::string, std::string> named;
  for (auto& [name, how] : composed.aliases) {
    std::string full = name;
    for (std::size_t at = full.find(kPlace); at != std::string::npos;
         at = full.find(kPlace, at + index.size())) {
      full.replace(at, kPlace.size(), index);
    }
    named.emplace(std::move(full), std::move(how));
  }
  composed.aliases = std::move(named);
}

Result<Composed> ComposeFor(const tasks::TaskContext& task, const cluster::ClusterState& state,
                            const std::string& index, bool hidden) {
  ASSIGN_OR_RETURN(const auto best, BestOf(state.templates, index, hidden, task.memory_account()));
  ASSIGN_OR_RETURN(Composed composed, best ? ComposeTemplate(task, state.templates, *best)
                                           : ComposeLegacy(task, state.templates, index, hidden));
  NameAliases(index, composed);
  return composed;
}

Result<std::vector<std::string>> LegacyTemplatesFor(const cluster::Templates& templates,
                                                    const std::string& index, bool hidden,
                                                    tasks::MemoryAccount* memory) {
  ASSIGN_OR_RETURN(const auto best, BestOf(templates, index, hidden, memory));
  if (best) return std::vector<std::string>();
  ASSIGN_OR_RETURN(std::vector<Fitting> all, FittingLegacy(templates, index, hidden, memory));
  std::ranges::stable_sort(all, std::ranges::greater(), &Fitting::order);
  std::vector<std::string> names;
  for (Fitting& fitting : all) names.push_back(std::move(fitting.name));
  return names;
}

Result<Composed> ComposeTemplate(const tasks::TaskContext& task,
                                 const cluster::Templates& templates, const std::string& name) {
  Composed composed;
  const auto found = templates.index.find(name);
  if (found == templates.index.end()) return composed;
  ASSIGN_OR_RETURN(const ParsedJson document, ParsedJson::Parse(task, found->second));
  for (const std::string& component : ComponentsOf(document.root())) {
    const auto stored = templates.component.find(component);
    if (stored == templates.component.end()) continue;
    ASSIGN_OR_RETURN(const ParsedJson part, ParsedJson::Parse(task, stored->second));
    if (const Value* inner = part.root().Find("template")) {
      RETURN_IF_ERROR(Add(task, *inner, composed));
    }
  }
  if (const Value* inner = document.root().Find("template")) {
    RETURN_IF_ERROR(Add(task, *inner, composed));
  }
  return composed;
}

void AddSettings(const cluster::SettingsUpdate& settings, Composed& composed) {
  for (const auto& [key, value] : settings) {
    if (value) {
      composed.settings[key] = *value;
    } else {
      composed.settings.erase(key);
    }
  }
}

Status AddMappings(const tasks::TaskContext& task, std::string mappings, Composed& composed) {
  if (composed.legacy && !composed.mappings.empty()) {
    ASSIGN_OR_RETURN(composed.mappings.back(), Completed(task, mappings, composed.mappings.back()));
  } else {
    composed.mappings.push_back(std::move(mappings));
  }
  return {};
}

std::vector<std::string> PatternsOf(const Value& stored) {
  return TextsOf(stored.Find("index_patterns"));
}

std::vector<std::string> ComponentsOf(const Value& stored) {
  return TextsOf(stored.Find("composed_of"));
}

std::int64_t PriorityOf(const Value& stored) {
  for (const char* key : {"priority", "order"}) {
    const Value* const value = stored.Find(key);
    const auto number = value ? value->AsInt64() : Result<std::int64_t>(0);
    if (value && number.ok()) return *number;
  }
  return 0;
}

namespace {

// Whether what stands before the first stars, and behind the last ones, can be of one name.
bool EndsAgree(std::string_view pattern, std::string_view other) {
  const auto starts = std::min({pattern.find('*'), other.find('*'), pattern.size(), other.size()});
  if (pattern.substr(0, starts) != other.substr(0, starts)) return false;
  const auto behind = [](std::string_view text) { return text.size() - (text.rfind('*') + 1); };
  const auto ends = std::min(behind(pattern), behind(other));
  return pattern.substr(pattern.size() - ends) == other.substr(other.size() - ends);
}

}  // namespace

Result<bool> Overlap(const tasks::TaskContext& task, std::string_view pattern,
                     std::string_view other) {
  if (!EndsAgree(pattern, other)) return false;
  const std::size_t columns = other.size() + 1;
  // fits[j]: what is left of `pattern` and other[j…] have a name in common.
  std::vector<char> fits(columns), below(columns);
  for (std::size_t i = pattern.size() + 1; i-- > 0;) {
    RETURN_IF_ERROR(task.Checkpoint());
    fits.swap(below);
    const bool star = i < pattern.size() && pattern[i] == '*';
    for (std::size_t j = columns; j-- > 0;) {
      const bool other_star = j < other.size() && other[j] == '*';
      const bool ends = i == pattern.size() && j == other.size();
      const bool same = i < pattern.size() && j < other.size() && !star && !other_star &&
                        pattern[i] == other[j] && below[j + 1];
      const bool skip = (star && (below[j] || (j < other.size() && fits[j + 1]))) ||
                        (other_star && (fits[j + 1] || (i < pattern.size() && below[j])));
      fits[j] = ends || same || skip;
    }
  }
  return fits[0] != 0;
}

}  // namespace actions::templates
