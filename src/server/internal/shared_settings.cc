#include "server/internal/shared_settings.h"

#include <algorithm>

#include "cluster/settings/cluster_settings.h"
#include "cluster/settings/disk_watermarks.h"

namespace server {

using base::Result;
using base::Status;

namespace {

bool IsKnown(std::string_view key) {
  return std::ranges::any_of(Settings::Known(),
                             [&](const SettingInfo& info) { return info.name == key; });
}

// Not every text of OpenSearch's says which setting it is about.
Status Named(std::string_view key, const Status& why) {
  const std::string name = "[" + std::string(key) + "]";
  if (why.ok() || why.reason().find(name) != std::string::npos) return why;
  return base::IllegalArgument(name + ": " + why.reason());
}

}  // namespace

Result<cluster::OwnSettings> PlanShared(const Settings& settings) {
  cluster::OwnSettings shared;
  for (const cluster::IndexSetting& setting : cluster::ClusterSettings()) {
    if (!IsKnown(setting.key)) continue;
    const std::string& value = settings.String(setting.key);
    RETURN_IF_ERROR(Named(setting.key, CheckIndexSetting(setting, setting.key, value)));
    shared.emplace(setting.key, value);
  }
  const auto fit =
      cluster::DiskWatermarks::From([&](std::string_view key) { return shared.find(key)->second; });
  RETURN_IF_ERROR(fit.status());
  return shared;
}

}  // namespace server
