#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::node_stats::Answer;
using actions::node_stats::HostFigures;
using actions::node_stats::NodeFigures;
using base::Status;
using base::json::Writer;

namespace {

// Ours, shown only when they are asked for by name.
constexpr std::string_view kCancelToEnd = "cancel_to_end";
constexpr std::string_view kCheckpointGaps = "checkpoint_gaps";
constexpr std::string_view kEndedTasks = "ended_tasks";
constexpr std::string_view kCommits = "commits";

// OpenSearch's names are all known; what is about a JVM, about search or about replication has no
// section here.
const std::vector<std::string>& KnownMetrics() {
  static const std::vector<std::string> known = {"indices",
                                                 "os",
                                                 "process",
                                                 "jvm",
                                                 "thread_pool",
                                                 "fs",
                                                 "transport",
                                                 "http",
                                                 "breaker",
                                                 "script",
                                                 "discovery",
                                                 "ingest",
                                                 "adaptive_selection",
                                                 "script_cache",
                                                 "indexing_pressure",
                                                 "shard_indexing_pressure",
                                                 "search_backpressure",
                                                 "cluster_manager_throttling",
                                                 "weighted_routing",
                                                 "file_cache",
                                                 "task_cancellation",
                                                 "search_pipeline",
                                                 "resource_usage_stats",
                                                 "segment_replication_backpressure",
                                                 "repositories",
                                                 "admission_control",
                                                 "caches",
                                                 "remote_store",
                                                 std::string(kCancelToEnd),
                                                 std::string(kCheckpointGaps),
                                                 std::string(kEndedTasks),
                                                 std::string(kCommits)};
  return known;
}
const std::vector<std::string>& KnownIndexMetrics() {
  static const std::vector<std::string> known = {
      "docs",     "store",   "indexing",      "get",       "search",     "merge",
      "flush",    "refresh", "query_cache",   "fielddata", "completion", "segments",
      "translog", "suggest", "request_cache", "recovery",  "warmer"};
  return known;
}

struct StatsRequest {
  NodesParams nodes;
  std::vector<std::string> index_metrics;

  bool Named(std::string_view metric) const {
    return std::ranges::find(nodes.metrics, metric) != nodes.metrics.end();
  }
  bool Wants(std::string_view metric) const { return nodes.metrics.empty() || Named(metric); }
  bool WantsIndexMetric(std::string_view metric) const {
    return index_metrics.empty() || std::ranges::find(index_metrics, metric) != index_metrics.end();
  }
};

std::vector<std::string> NotIn(const std::vector<std::string>& names,
                               const std::vector<std::string>& known) {
  std::vector<std::string> others;
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) == known.end()) others.push_back(name);
  }
  return others;
}

base::Result<StatsRequest> ReadStats(Request& request) {
  StatsRequest stats{{request.List("node_id"), request.List("metric")},
                     request.List("index_metric")};
  const auto is_all = [](const std::string& name) { return name == "_all"; };
  if (std::ranges::any_of(stats.nodes.metrics, is_all)) {
    if (stats.nodes.metrics.size() > 1) {
      return base::IllegalArgument("request [" + request.path() +
                                   "] contains _all and individual metrics [" +
                                   base::Join(stats.nodes.metrics, ",") + "]");
    }
    stats.nodes.metrics.clear();
  }
  if (auto bad = NotIn(stats.nodes.metrics, KnownMetrics()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownMetrics(), "metric");
  }
  std::erase_if(stats.index_metrics, is_all);
  if (!stats.index_metrics.empty() && !stats.Wants("indices")) {
    return base::IllegalArgument("request [" + request.path() + "] contains index metrics [" +
                                 base::Join(stats.index_metrics, ",") +
                                 "] but indices stats not requested");
  }
  if (auto bad = NotIn(stats.index_metrics, KnownIndexMetrics()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownIndexMetrics(), "index metric");
  }
  request.AlsoKnows({"level", "fields", "fielddata_fields", "completion_fields", "groups", "types",
                     "include_segment_file_sizes", "include_unloaded_segments"});
  return stats;
}

void WriteTaskCancellation(Writer& out, const NodeFigures& figures) {
  out.ObjectField("task_cancellation");
  out.ObjectField("search_shard_task");
  out.Field("current_count_post_cancel", figures.late_now);
  out.Field("total_count_post_cancel", figures.late_in_all);
  out.EndObject();
  out.EndObject();
}

void WriteIndices(Writer& out, const NodeFigures& figures, const StatsRequest& stats) {
  out.ObjectField("indices");
  if (stats.WantsIndexMetric("docs")) {
    out.ObjectField("docs");
    out.Field("count", figures.documents);
    out.Field("deleted", figures.deleted);
    out.EndObject();
  }
  if (stats.WantsIndexMetric("store")) {
    out.ObjectField("store");
    out.Field("size_in_bytes", figures.bytes);
    out.Field("reserved_in_bytes", 0);
    out.EndObject();
  }
  out.EndObject();
}

void WriteOs(Writer& out, const HostFigures& host, std::int64_t now) {
  out.ObjectField("os");
  out.Field("timestamp", now);
  out.ObjectField("cpu");
  out.Field("percent", host.cpu_percent);
  out.ObjectField("load_average");
  out.Field("1m", host.load[0]);
  out.Field("5m", host.load[1]);
  out.Field("15m", host.load[2]);
  out.EndObject();
  out.EndObject();
  out.ObjectField("mem");
  out.Field("total_in_bytes", host.memory_total);
  out.Field("free_in_bytes", host.memory_free);
  out.Field("used_in_bytes", host.memory_total - host.memory_free);
  out.Field("free_percent", 100 - host.memory_used_percent());
  out.Field("used_percent", host.memory_used_percent());
  out.EndObject();
  out.ObjectField("swap");
  out.Field("total_in_bytes", host.swap_total);
  out.Field("free_in_bytes", host.swap_free);
  out.Field("used_in_bytes", host.swap_total - host.swap_free);
  out.EndObject();
  out.EndObject();
}

void WriteProcess(Writer& out, const HostFigures& host, std::int64_t now) {
  out.ObjectField("process");
  out.Field("timestamp", now);
  out.Field("open_file_descriptors", host.open_files);
  out.Field("max_file_descriptors", host.max_files);
  out.ObjectField("cpu");
  out.Field("percent", host.process_cpu_percent);
  out.Field("total_in_millis", host.process_cpu_millis);
  out.EndObject();
  out.ObjectField("mem");
  out.Field("total_virtual_in_bytes", host.virtual_bytes);
  out.EndObject();
  out.EndObject();
}

void WriteDisk(Writer& out, const HostFigures& host, const std::string& path, std::int64_t now) {
  const auto sizes = [&] {
    out.Field("total_in_bytes", host.disk_total);
    out.Field("free_in_bytes", host.disk_free);
    out.Field("available_in_bytes", host.disk_available);
  };
  out.ObjectField("fs");
  out.Field("timestamp", now);
  out.ObjectField("total");
  sizes();
  out.EndObject();
  out.ArrayField("data");
  out.BeginObject();
  out.Field("path", path);
  sizes();
  out.EndObject();
  out.EndArray();
  out.EndObject();
}

void WritePools(Writer& out, const NodeFigures& figures) {
  out.ObjectField("thread_pool");
  for (const auto& pool : figures.pools) {
    out.ObjectField(pool.name);
    out.Field("threads", pool.threads);
    out.Field("queue", pool.queue);
    out.Field("active", pool.active);
    out.Field("rejected", pool.rejected);
    out.Field("largest", pool.largest);
    out.Field("completed", pool.completed);
    out.EndObject();
  }
  out.EndObject();
}

// What is reserved is what it costs: there is no overhead to be guessed.
void WriteBreakers(Writer& out, const NodeFigures& figures) {
  out.ObjectField("breakers");
  for (const auto& breaker : figures.breakers) {
    out.ObjectField(breaker.name);
    out.Field("limit_size_in_bytes", breaker.limit);
    out.Field("limit_size", base::ByteSize(breaker.limit).ToString());
    out.Field("estimated_size_in_bytes", breaker.estimated);
    out.Field("estimated_size", base::ByteSize(breaker.estimated).ToString());
    out.Field("overhead", 1.0);
    out.Field("tripped", breaker.tripped);
    out.EndObject();
  }
  out.EndObject();
}

void WriteHistogram(Writer& out, const std::string& name, const tasks::Histogram& histogram) {
  out.ObjectField(name);
  out.Field("count", histogram.count());
  out.Field("sum_in_nanos", histogram.sum_nanos());
  out.Field("max_in_nanos", histogram.max_nanos());
  out.Field("p50_in_nanos", histogram.QuantileNanos(0.5));
  out.Field("p99_in_nanos", histogram.QuantileNanos(0.99));
  out.ArrayField("buckets");
  constexpr std::size_t kBounds = tasks::Histogram::kBoundsMicros.size();
  for (std::size_t i = 0; i <= kBounds; ++i) {
    if (histogram.bucket(i) == 0) continue;
    out.BeginObject();
    if (i < kBounds) out.Field("up_to_micros", tasks::Histogram::kBoundsMicros[i]);
    out.Field("count", histogram.bucket(i));
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

void WriteHistograms(Writer& out, std::string_view key,
                     const std::map<std::string, tasks::Histogram>& histograms) {
  out.ObjectField(key);
  for (const auto& [name, histogram] : histograms) WriteHistogram(out, name, histogram);
  out.EndObject();
}

void WriteSections(Writer& out, const NodeFigures& figures, const StatsRequest& stats) {
  const std::int64_t now = figures.wall_millis;
  if (stats.Wants("indices")) WriteIndices(out, figures, stats);
  if (stats.Wants("os")) WriteOs(out, figures.host, now);
  if (stats.Wants("process")) WriteProcess(out, figures.host, now);
  if (stats.Wants("thread_pool")) WritePools(out, figures);
  if (stats.Wants("fs")) WriteDisk(out, figures.host, figures.data_path, now);
  if (stats.Wants("http")) {
    out.ObjectField("http");
    out.Field("current_open", figures.http.current_open);
    out.Field("total_opened", figures.http.total_opened);
    out.EndObject();
  }
  if (stats.Wants("breaker")) WriteBreakers(out, figures);
  if (stats.Wants("task_cancellation")) WriteTaskCancellation(out, figures);
  if (stats.Named(kCommits)) WriteHistogram(out, std::string(kCommits), figures.commits);
  if (stats.Named(kCancelToEnd)) WriteHistograms(out, kCancelToEnd, figures.cancels.cancel_to_end);
  if (stats.Named(kCheckpointGaps)) {
    WriteHistograms(out, kCheckpointGaps, figures.cancels.checkpoint_gaps);
    out.Field("short_background_runs", figures.cancels.short_background_runs);
  }
  if (stats.Named(kEndedTasks)) {
    out.ObjectField(kEndedTasks);
    for (const auto& [action, count] : figures.cancels.ended) out.Field(action, count);
    out.EndObject();
  }
}

void WriteNode(Writer& out, const cluster::NodeInfo& info, const NodeFigures& figures,
               const StatsRequest& stats) {
  out.ObjectField(info.id);
  out.Field("timestamp", figures.wall_millis);
  out.Field("name", info.name);
  out.Field("transport_address", info.transport_address);
  out.Field("host", info.host);
  out.Field("ip", info.transport_address);
  WriteRolesAndAttributes(out, info);
  WriteSections(out, figures, stats);
  out.EndObject();
}

Status GetStats(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const StatsRequest stats, ReadStats(*request));
  ASSIGN_OR_RETURN(auto question,
                   NodesQuestion(node, *request, stats.nodes.ids, "NodesStatsRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.parts = {.host = true,
                    .shards = stats.Wants("indices") || stats.Named(kCommits),
                    .cancels = stats.Wants("task_cancellation") || stats.Named(kCancelToEnd) ||
                               stats.Named(kCheckpointGaps) || stats.Named(kEndedTasks)};
  request->MustAnswer();
  Ask(node, std::move(question), [stats, request](const base::Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    request->Respond(200, [&](Writer& out) {
      WriteNodesHead(out, *answer);
      out.ObjectField("nodes");
      for (const auto& [id, figures] : answer->figures) {
        const auto found = answer->state->nodes.find(id);
        if (found != answer->state->nodes.end()) WriteNode(out, found->second, figures, stats);
      }
      out.EndObject();
      out.EndObject();
    });
  });
  return {};
}

}  // namespace

void AddNodeStatsRoutes(Router& router, actions::Node& node) {
  for (const char* pattern :
       {"/_nodes/stats", "/_nodes/stats/{metric}", "/_nodes/stats/{metric}/{index_metric}",
        "/_nodes/{node_id}/stats", "/_nodes/{node_id}/stats/{metric}",
        "/_nodes/{node_id}/stats/{metric}/{index_metric}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetStats(node, request); });
  }
}

}  // namespace rest::routes
