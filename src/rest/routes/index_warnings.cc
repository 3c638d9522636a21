#include "rest/routes/index_warnings.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "actions/templates/compose.h"
#include "base/json/tree.h"
#include "base/text/strings.h"
#include "cluster/settings/index_settings.h"
#include "rest/routes/deprecation.h"

namespace rest::routes {
namespace {

constexpr std::string_view kSystemPrefix = ".tasks";
constexpr std::array<const char*, 2> kRetention = {"index.translog.retention.age",
                                                   "index.translog.retention.size"};
constexpr std::string_view kIndexPrefix = "index.";
constexpr std::string_view kRetentionIgnored =
    "Translog retention settings [index.translog.retention.age] and "
    "[index.translog.retention.size] are deprecated and effectively ignored. They will be removed "
    "in a future version.";

bool RetainsTranslog(const cluster::IndexMetadata& index) {
  return std::ranges::any_of(kRetention,
                             [&](const char* key) { return index.settings.contains(key); });
}

bool IsSystem(const std::string& name) { return name.starts_with(kSystemPrefix); }

void WarnOfLegacyTemplates(Request& request, const cluster::Templates& templates,
                           const std::string& name, bool hidden, tasks::MemoryAccount* memory) {
  const auto fitting = actions::templates::LegacyTemplatesFor(templates, name, hidden, memory);
  if (!fitting.ok() || fitting->size() < 2) return;
  AddDeprecation(request, "index [" + name + "] matches multiple legacy templates [" +
                              base::Join(*fitting, ", ") +
                              "], composable templates will only match a single template");
}

}  // namespace

void WarnOfSystemIndices(Request& request, std::span<const std::string> names) {
  std::set<std::string> system;
  std::ranges::copy_if(names, std::inserter(system, system.end()), IsSystem);
  if (system.empty()) return;
  const std::vector<std::string> shown(system.begin(), system.end());
  AddDeprecation(request, "this request accesses system indices: [" + base::Join(shown, ", ") +
                              "], but in a future major version, direct access to system indices "
                              "will be prevented by default");
}

void WarnOfNewIndex(Request& request, const actions::Node& node, const std::string& name) {
  const cluster::StatePtr state = node.cluster.state();
  const cluster::IndexPtr index = state->FindIndex(name);
  if (index == nullptr) return;  // deleted meanwhile
  const bool hidden = cluster::BoolSetting(index->settings, "index.hidden");
  if (name.starts_with('.') && !hidden && !IsSystem(name)) {
    AddDeprecation(request, "index name [" + name +
                                "] starts with a dot '.', in the next major version, index names "
                                "starting with a dot are reserved for hidden indices and system "
                                "indices");
  }
  WarnOfLegacyTemplates(request, state->templates, name, hidden, node.registry.memory());
  if (RetainsTranslog(*index)) AddDeprecation(request, kRetentionIgnored);
}

bool NamesTranslogRetention(const Request& request) {
  if (request.body().size() > kMostLookedThrough) return false;
  if (request.body().find("retention") == std::string::npos) return false;
  const auto body = base::json::Document::Parse(request.body());
  if (!body.ok() || !body->root().IsObject()) return false;  // gets its error elsewhere
  const auto* const inner = body->root().Find("settings");
  const auto settings = cluster::FlattenSettings(inner != nullptr ? *inner : body->root());
  return settings.ok() && std::ranges::any_of(kRetention, [&](const std::string& key) {
           return settings->contains(key) || settings->contains(key.substr(kIndexPrefix.size()));
         });
}

void WarnOfTranslogRetention(Request& request, const actions::Node& node,
                             const std::vector<std::string>& names) {
  const cluster::StatePtr state = node.cluster.state();
  const bool any = std::ranges::any_of(names, [&](const std::string& name) {
    const cluster::IndexPtr index = state->FindIndex(name);
    return index != nullptr && RetainsTranslog(*index);
  });
  if (any) AddDeprecation(request, kRetentionIgnored);
}

}  // namespace rest::routes
