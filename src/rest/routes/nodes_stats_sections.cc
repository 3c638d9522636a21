#include "rest/routes/nodes_stats_sections.h"

#include <algorithm>

namespace rest::routes {

using actions::node_stats::BreakerFigures;
using actions::node_stats::NodeFigures;
using base::json::Writer;

namespace {

constexpr std::string_view kTransport =
    R"({"server_open":0,"total_outbound_connections":0,"rx_count":0,"rx_size_in_bytes":0,)"
    R"("tx_count":0,"tx_size_in_bytes":0})";
constexpr std::string_view kScript =
    R"({"compilations":0,"cache_evictions":0,"compilation_limit_triggered":0})";
constexpr std::string_view kDiscovery =
    R"({"cluster_state_queue":{"total":0,"pending":0,"committed":0},)"
    R"("published_cluster_states":{"full_states":0,"incompatible_diffs":0,)"
    R"("compatible_diffs":0},"cluster_state_stats":{"overall":{"update_count":0,)"
    R"("total_time_in_millis":0,"failed_count":0}}})";
constexpr std::string_view kIngest =
    R"({"total":{"count":0,"time_in_millis":0,"current":0,"failed":0},"pipelines":{}})";
constexpr std::string_view kScriptCache =
    R"({"sum":{"compilations":0,"cache_evictions":0,"compilation_limit_triggered":0},)"
    R"("contexts":[]})";
constexpr std::string_view kShardIndexingPressure =
    R"({"stats":{},"total_rejections_breakup_shadow_mode":{"node_limits":0,)"
    R"("no_successful_request_limits":0,"throughput_degradation_limits":0},"enabled":false,)"
    R"("enforced":false})";
constexpr std::string_view kBackpressureOfTasks =
    R"({"resource_tracker_stats":{"cpu_usage_tracker":{"cancellation_count":0,)"
    R"("current_max_millis":0,"current_avg_millis":0},"heap_usage_tracker":)"
    R"({"cancellation_count":0,"current_max_bytes":0,"current_avg_bytes":0,)"
    R"("rolling_avg_bytes":0},"elapsed_time_tracker":{"cancellation_count":0,)"
    R"("current_max_millis":0,"current_avg_millis":0}},"cancellation_stats":)"
    R"({"cancellation_count":0,"cancellation_limit_reached_count":0}})";
constexpr std::string_view kSearchPipeline =
    R"({"total_request":{"count":0,"time_in_millis":0,"current":0,"failed":0},)"
    R"("total_response":{"count":0,"time_in_millis":0,"current":0,"failed":0},)"
    R"("pipelines":{}})";
constexpr std::string_view kAdmissionControl =
    R"({"global_io_usage":{"transport":{"rejection_count":{}}},)"
    R"("global_cpu_usage":{"transport":{"rejection_count":{}}}})";
constexpr std::string_view kCaches =
    R"({"request_cache":{"size_in_bytes":0,"evictions":0,"hit_count":0,"miss_count":0,)"
    R"("item_count":0,"store_name":"noop_store"}})";

void WriteBreaker(Writer& out, const BreakerFigures& breaker) {
  out.ObjectField(breaker.name);
  out.Field("limit_size_in_bytes", breaker.limit);
  out.Field("limit_size", base::ByteSize(breaker.limit).ToString());
  out.Field("estimated_size_in_bytes", breaker.estimated);
  out.Field("estimated_size", base::ByteSize(breaker.estimated).ToString());
  out.Field("overhead", 1.0);
  out.Field("tripped", breaker.tripped);
  out.EndObject();
}

// What is reserved is what it costs: there is no overhead to be guessed.
void WriteBreakers(Writer& out, const NodeFigures& figures) {
  out.ObjectField("breakers");
  for (const BreakerFigures& breaker : figures.breakers) {
    WriteBreaker(out, breaker);
    if (breaker.name == "request") WriteBreaker(out, {.name = "fielddata", .limit = -1});
  }
  out.EndObject();
}

// Bodies that are held count as coordinating, whatever they are for.
void WriteIndexingPressure(const HumanFields& fields, const NodeFigures& figures) {
  const auto found =
      std::ranges::find(figures.breakers, "in_flight_requests", &BreakerFigures::name);
  const BreakerFigures bodies = found == figures.breakers.end() ? BreakerFigures() : *found;
  Writer& out = fields.out();
  const auto sizes = [&](std::int64_t coordinating) {
    fields.Bytes("combined_coordinating_and_primary", coordinating);
    fields.Bytes("coordinating", coordinating);
    fields.Bytes("primary", 0);
    fields.Bytes("replica", 0);
    fields.Bytes("all", coordinating);
  };
  out.ObjectField("indexing_pressure");
  out.ObjectField("memory");
  out.ObjectField("current");
  sizes(bodies.estimated);
  out.EndObject();
  out.ObjectField("total");
  sizes(0);
  out.Field("coordinating_rejections", bodies.tripped);
  out.Field("primary_rejections", 0);
  out.Field("replica_rejections", 0);
  out.EndObject();
  fields.Bytes("limit", bodies.limit);
  out.EndObject();
  out.EndObject();
}

void WriteSearchBackpressure(const HumanFields& fields) {
  Writer& out = fields.out();
  out.ObjectField("search_backpressure");
  for (const char* kind : {"search_task", "search_shard_task"})
    fields.Zeros(kind, kBackpressureOfTasks);
  out.Field("mode", "disabled");
  out.EndObject();
}

void WriteTaskCancellation(Writer& out, const NodeFigures& figures) {
  out.ObjectField("task_cancellation");
  out.ObjectField("search_shard_task");
  out.Field("current_count_post_cancel", figures.late_now);
  out.Field("total_count_post_cancel", figures.late_in_all);
  out.EndObject();
  out.EndObject();
}

}  // namespace

void WriteNodeSections(const HumanFields& fields, const NodeFigures& figures,
                       const WantsMetric& wants) {
  Writer& out = fields.out();
  const auto constant = [&](std::string_view metric, std::string_view json) {
    if (wants(metric)) out.RawField(metric, json);
  };
  const auto zeros = [&](std::string_view metric, std::string_view json) {
    if (wants(metric)) fields.Zeros(metric, json);
  };
  zeros("transport", kTransport);
  if (wants("http")) {
    out.ObjectField("http");
    out.Field("current_open", figures.http.current_open);
    out.Field("total_opened", figures.http.total_opened);
    out.EndObject();
  }
  if (wants("breaker")) WriteBreakers(out, figures);
  constant("script", kScript);
  constant("discovery", kDiscovery);
  constant("ingest", kIngest);
  constant("adaptive_selection", "{}");
  constant("script_cache", kScriptCache);
  if (wants("indexing_pressure")) WriteIndexingPressure(fields, figures);
  constant("shard_indexing_pressure", kShardIndexingPressure);
  if (wants("search_backpressure")) WriteSearchBackpressure(fields);
  constant("cluster_manager_throttling",
           R"({"stats":{"total_throttled_tasks":0,"throttled_tasks_per_task_type":{}}})");
  constant("weighted_routing", R"({"stats":{"fail_open_count":0}})");
  if (wants("task_cancellation")) WriteTaskCancellation(out, figures);
  zeros("search_pipeline", kSearchPipeline);
  constant("resource_usage_stats", "{}");
  constant("segment_replication_backpressure", R"({"total_rejected_requests":0})");
  constant("repositories", "[]");
  constant("admission_control", kAdmissionControl);
  zeros("caches", kCaches);
  constant("remote_store", R"({"last_successful_fetch_of_pinned_timestamps":-1})");
}

}  // namespace rest::routes
