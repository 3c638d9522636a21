#include "rest/routes/cluster_settings.h"

#include "actions/cluster_settings/update.h"
#include "cluster/settings/cluster_settings.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/indices.h"
#include "rest/routes/nested_settings.h"

namespace rest::routes {

namespace cluster_settings = actions::cluster_settings;
using base::Status;
using base::json::Writer;

namespace {

std::string_view Spelled(bool value) { return value ? "true" : "false"; }

std::string Millis(std::int64_t millis) { return base::TimeValue::Millis(millis).ToString(); }

std::string Bytes(std::int64_t limit) {
  return limit == tasks::MemoryAccount::kUnlimited ? "-1" : std::to_string(limit) + "b";
}

// What holds where nothing is set: the table's defaults and the node's own settings.
SettingsMap Defaults(const actions::Node& node, const cluster::ClusterState& state) {
  const actions::NodeSettings& own = node.settings;
  SettingsMap defaults = {
      {"cluster.name", state.cluster_name},
      {"node.name", state.local().name},
      {std::string(cluster::keys::kAutoCreateIndex), std::string(Spelled(own.auto_create_index))},
      {std::string(cluster::keys::kDestructiveRequiresName),
       std::string(Spelled(own.destructive_requires_name))},
      {std::string(cluster::keys::kFanoutTimeout), Millis(own.fanout_timeout_millis)},
      {std::string(cluster::keys::kHistoryMinRunningTime), Millis(own.history_min_running_millis)},
      {std::string(cluster::keys::kListTimeout), Millis(own.list_timeout_millis)},
      {std::string(cluster::keys::kCancelStatusFormat),
       std::string(cluster::kStatusFormats[static_cast<std::size_t>(own.cancel_status_format)])},
      {std::string(cluster::keys::kTotalBreaker), Bytes(own.memory.total)},
      {std::string(cluster::keys::kRequestBreaker), Bytes(own.memory.request)},
      {std::string(cluster::keys::kInFlightBreaker), Bytes(own.memory.in_flight_requests)},
      {"http.max_content_length", std::to_string(own.max_content_length) + "b"},
      {"task_cancellation.duration_millis",
       std::to_string(node.metrics.late().after_nanos / 1'000'000)},
      {"task_cancellation.enabled", std::string(Spelled(node.metrics.late().counted))},
      {"task_cancellation.interval_millis", std::to_string(own.task_cancellation_interval_millis)}};
  for (const cluster::IndexSetting& setting : cluster::ClusterSettings()) {
    if (setting.fallback.empty()) continue;
    const auto set = own.shared.find(setting.key);
    defaults.emplace(setting.key, set == own.shared.end() ? setting.fallback : set->second);
  }
  defaults.insert(own.shown.begin(), own.shown.end());
  std::erase_if(defaults, [&](const auto& entry) {
    return cluster::FindInForce(state, entry.first) != nullptr;
  });
  return defaults;
}

Status GetSettings(const actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const bool flat, request->Bool("flat_settings"));
  ASSIGN_OR_RETURN(const bool defaults, request->Bool("include_defaults"));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.Key("persistent");
    WriteSettings(out, state->persistent_settings, flat);
    out.Key("transient");
    WriteSettings(out, state->transient_settings, flat);
    if (defaults) {
      out.Key("defaults");
      WriteSettings(out, Defaults(node, *state), flat, "path.data");
    }
    out.EndObject();
  });
  return {};
}

Status PutSettings(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const bool flat, request->Bool("flat_settings"));
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  cluster_settings::Update(node, request->TakeTask(), request->TakeBody(),
                           [request, flat](const base::Result<cluster_settings::Updated>& updated) {
                             if (!updated.ok()) return request->Fail(updated.status());
                             request->Respond(200, [&](Writer& out) {
                               out.BeginObject();
                               out.Field("acknowledged", updated->acknowledged);
                               out.Key("persistent");
                               WriteSettings(out, updated->persistent, flat);
                               out.Key("transient");
                               WriteSettings(out, updated->transient, flat);
                               out.EndObject();
                             });
                           });
  return {};
}

}  // namespace

void AddClusterSettingsRoutes(Router& router, actions::Node& node) {
  router.Add("GET", "/_cluster/settings",
             [&node](const RequestPtr& request) { return GetSettings(node, request); });
  router.Add("PUT", "/_cluster/settings", AnnounceOnIndices(node, cluster_settings::kUpdate),
             [&node](const RequestPtr& request) { return PutSettings(node, request); });
}

}  // namespace rest::routes
