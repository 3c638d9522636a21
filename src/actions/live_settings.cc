#include "actions/live_settings.h"

#include <algorithm>
#include <optional>

#include "base/text/memory_size.h"
#include "base/text/units.h"
#include "cluster/settings/cluster_settings.h"

namespace actions {

namespace {

namespace keys = cluster::keys;

std::optional<std::string> InForce(const Node& node, std::string_view key) {
  const cluster::StatePtr state = node.cluster.state();
  const std::string* const value = cluster::FindInForce(*state, key);
  return value ? std::optional(*value) : std::nullopt;
}

std::int64_t MillisOr(const cluster::ClusterState& state, std::string_view key,
                      std::int64_t otherwise) {
  const std::string* const value = cluster::FindInForce(state, key);
  if (!value) return otherwise;
  const auto time = base::TimeValue::Parse(*value, key);
  return time.ok() ? time->millis() : otherwise;
}

}  // namespace

std::int64_t FanoutTimeoutMillis(const Node& node) {
  return MillisOr(*node.cluster.state(), keys::kFanoutTimeout, node.settings.fanout_timeout_millis);
}

std::int64_t ListTimeoutMillis(const Node& node) {
  return MillisOr(*node.cluster.state(), keys::kListTimeout, node.settings.list_timeout_millis);
}

std::int64_t HistoryMinRunningMillis(const NodeSettings& settings,
                                     const cluster::ClusterState& state) {
  return MillisOr(state, keys::kHistoryMinRunningTime, settings.history_min_running_millis);
}

StatusFormat CancelStatusFormat(const Node& node) {
  const auto value = InForce(node, keys::kCancelStatusFormat);
  if (!value) return node.settings.cancel_status_format;
  return ParseStatusFormat(*value).value_or(StatusFormat::kAuto);
}

std::optional<StatusFormat> ParseStatusFormat(std::string_view text) {
  const auto found = std::ranges::find(cluster::kStatusFormats, text);
  if (found == cluster::kStatusFormats.end()) return std::nullopt;
  return static_cast<StatusFormat>(found - cluster::kStatusFormats.begin());
}

std::string AutoCreateIndex(const Node& node) {
  return InForce(node, keys::kAutoCreateIndex)
      .value_or(node.settings.auto_create_index ? "true" : "false");
}

bool DestructiveRequiresName(const Node& node) {
  const auto value = InForce(node, keys::kDestructiveRequiresName);
  return value ? *value == "true" : node.settings.destructive_requires_name;
}

tasks::MemoryAccount::Limits MemoryLimits(const NodeSettings& settings,
                                          const cluster::ClusterState& state) {
  const auto read = [&state](std::string_view key, std::int64_t otherwise) {
    const std::string* const text = cluster::FindInForce(state, key);
    if (!text) return otherwise;
    const auto bytes = base::ParseMemorySize(*text, key, base::HalfOfMemory());
    if (!bytes.ok()) return otherwise;
    return *bytes < 0 ? tasks::MemoryAccount::kUnlimited : *bytes;
  };
  return {.total = read(keys::kTotalBreaker, settings.memory.total),
          .request = read(keys::kRequestBreaker, settings.memory.request),
          .in_flight_requests = read(keys::kInFlightBreaker, settings.memory.in_flight_requests),
          .store = settings.memory.store};
}

}  // namespace actions
