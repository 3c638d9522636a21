#include "actions/shards/mapping_limits.h"

#include <algorithm>

#include "cluster/settings/index_settings.h"
#include "cluster/settings/index_sort.h"

namespace actions {

engine::MappingLimits MappingLimitsOf(const std::map<std::string, std::string>& settings) {
  const auto limit = [&](const char* name) {
    return cluster::IntSetting(settings, std::string("index.mapping.") + name + ".limit");
  };
  engine::MappingLimits limits;
  limits.total_fields = limit("total_fields");
  limits.depth = std::min(limit("depth"), engine::kMaxMappingDepth);
  limits.nested_fields = limit("nested_fields");
  limits.nested_objects = limit("nested_objects");
  limits.field_name_length = limit("field_name_length");
  limits.ignore_malformed = cluster::BoolSetting(settings, "index.mapping.ignore_malformed");
  // Shown as false by default, yet numbers and ranges are coerced unless it is said.
  constexpr const char* kCoerce = "index.mapping.coerce";
  limits.coerce = !settings.contains(kCoerce) || cluster::BoolSetting(settings, kCoerce);
  limits.sorted = cluster::IsSorted(settings);
  return limits;
}

}  // namespace actions
