#include "rest/routes/shown_settings.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/text/strings.h"
#include "cluster/settings/index_settings.h"
#include "rest/routes/indices.h"

namespace rest::routes {

namespace {

using Settings = std::map<std::string, std::string>;

// The version that indices are created with, behind the number it has in `index.version.created`.
constexpr std::string_view kCreatedVersion = "2.19.1";

bool Shows(const SettingsView& view, const std::string& key) {
  return view.names.empty() || base::GlobMatchAny(view.names, key);
}

Settings SetOnes(const cluster::IndexMetadata& index, const SettingsView& view) {
  Settings shown = SettingsOf(index);
  std::erase_if(shown, [&](const auto& entry) { return !Shows(view, entry.first); });
  if (!view.human) return shown;
  if (shown.contains("index.creation_date"))
    shown["index.creation_date_string"] = base::IsoUtcMillis(index.creation_millis);
  if (shown.contains("index.version.created"))
    shown["index.version.created_string"] = kCreatedVersion;
  return shown;
}

Settings DefaultOnes(const cluster::IndexMetadata& index, const SettingsView& view) {
  const Settings set = SettingsOf(index);
  Settings defaults;
  for (const cluster::IndexSetting& setting : cluster::IndexSettings()) {
    std::string key(setting.key);
    if (setting.kind == cluster::IndexSetting::Kind::kGroup || set.contains(key)) continue;
    if (Shows(view, key)) defaults.emplace(std::move(key), setting.fallback);
  }
  if (const auto slots = defaults.find("index.number_of_routing_shards"); slots != defaults.end())
    slots->second = std::to_string(index.number_of_shards);
  return defaults;
}

}  // namespace

base::Result<SettingsView> ReadSettingsView(Request& request) {
  SettingsView view;
  ASSIGN_OR_RETURN(view.flat, request.Bool("flat_settings"));
  ASSIGN_OR_RETURN(view.defaults, request.Bool("include_defaults"));
  view.names = request.List("name");
  if (std::ranges::find(view.names, "_all") != view.names.end()) view.names.clear();
  return view;
}

bool HasSettingsMembers(const cluster::IndexMetadata& index, const SettingsView& view) {
  return view.defaults || !SetOnes(index, view).empty();
}

void WriteSettingsMembers(base::json::Writer& out, const cluster::IndexMetadata& index,
                          const SettingsView& view) {
  out.ObjectField("settings");
  cluster::WriteSettings(out, SetOnes(index, view), view.flat);
  out.EndObject();
  if (!view.defaults) return;
  out.ObjectField("defaults");
  cluster::WriteSettings(out, DefaultOnes(index, view), view.flat);
  out.EndObject();
}

}  // namespace rest::routes
