#include <algorithm>
#include <array>
#include <set>

#include "actions/indices/on_shard.h"
#include "actions/node_stats/host.h"
#include "actions/run_task.h"
#include "rest/origin.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::node_stats::HostFigures;
using base::Status;
using base::json::Writer;

namespace {

constexpr std::string_view kStats = "cluster:monitor/nodes/stats";

// Ours, shown only when they are asked for by name.
constexpr std::string_view kCancelToEnd = "cancel_to_end";
constexpr std::string_view kCheckpointGaps = "checkpoint_gaps";
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

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

base::Result<StatsRequest> ReadStats(Request& request) {
  StatsRequest stats{{request.List("node_id"), request.List("metric")},
                     request.List("index_metric")};
  const auto is_all = [](const std::string& name) { return name == "_all"; };
  if (std::ranges::any_of(stats.nodes.metrics, is_all)) {
    if (stats.nodes.metrics.size() > 1) {
      return base::IllegalArgument("request [" + request.path() +
                                   "] contains _all and individual metrics [" +
                                   Joined(stats.nodes.metrics) + "]");
    }
    stats.nodes.metrics.clear();
  }
  if (auto bad = NotIn(stats.nodes.metrics, KnownMetrics()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownMetrics(), "metric");
  }
  std::erase_if(stats.index_metrics, is_all);
  if (!stats.index_metrics.empty() && !stats.Wants("indices")) {
    return base::IllegalArgument("request [" + request.path() + "] contains index metrics [" +
                                 Joined(stats.index_metrics) + "] but indices stats not requested");
  }
  if (auto bad = NotIn(stats.index_metrics, KnownIndexMetrics()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownIndexMetrics(), "index metric");
  }
  request.AlsoKnows({"timeout", "level", "fields", "fielddata_fields", "completion_fields",
                     "groups", "types", "include_segment_file_sizes", "include_unloaded_segments"});
  return stats;
}

// Gathered on a thread of the pool, written when the task has left the list.
struct Gathered {
  HostFigures host;
  std::int64_t documents = 0, deleted = 0, bytes = 0;
  tasks::Histogram commits;  // of the shards that are here now
  std::int64_t late = 0;     // search tasks on shards that run on after their cancel
};

// The kind of task that OpenSearch watches, too.
constexpr std::string_view kSearchOnShard = actions::indices::kCount.shard;

std::int64_t CountLate(const actions::Node& node) {
  const std::int64_t since = node.clock.MonotonicNanos() - node.metrics.late().after_nanos;
  const tasks::TaskFilter filter{.actions = {std::string(kSearchOnShard)}};
  tasks::TaskRegistry::Cursor cursor;
  std::int64_t late = 0;
  for (auto page = node.registry.NextPage(cursor, filter); !page.empty();
       page = node.registry.NextPage(cursor, filter)) {
    late += std::ranges::count_if(page, [since](const tasks::TaskPtr& task) {
      const auto stop = task->stop();
      return stop && stop->at_nanos <= since;
    });
  }
  return late;
}

// Those that ended late are counted at their end, so nothing has to be sampled.
void WriteTaskCancellation(Writer& out, const actions::Node& node, std::int64_t late) {
  const auto ended = node.metrics.snapshot().late;
  const auto found = ended.find(std::string(kSearchOnShard));
  const std::int64_t before = found == ended.end() ? 0 : found->second;
  out.ObjectField("task_cancellation");
  out.ObjectField("search_shard_task");
  out.Field("current_count_post_cancel", late);
  out.Field("total_count_post_cancel", before + (node.metrics.late().counted ? late : 0));
  out.EndObject();
  out.EndObject();
}

Gathered Gather(const actions::Node& node) {
  Gathered gathered{.host = actions::node_stats::ReadHost(node.settings.data_path)};
  for (const auto& shard : node.shards.All()) {
    gathered.documents += shard->refreshed_documents();
    gathered.deleted += shard->deleted_documents();
    gathered.bytes += static_cast<std::int64_t>(shard->store_bytes());
    gathered.commits.Add(shard->write_stats().commits);
  }
  gathered.late = CountLate(node);
  return gathered;
}

void WriteIndices(Writer& out, const Gathered& gathered, const StatsRequest& stats) {
  out.ObjectField("indices");
  if (stats.WantsIndexMetric("docs")) {
    out.ObjectField("docs");
    out.Field("count", gathered.documents);
    out.Field("deleted", gathered.deleted);
    out.EndObject();
  }
  if (stats.WantsIndexMetric("store")) {
    out.ObjectField("store");
    out.Field("size_in_bytes", gathered.bytes);
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

void WritePools(Writer& out, const actions::Pools& pools) {
  out.ObjectField("thread_pool");
  for (const tasks::ThreadPool* pool :
       {&pools.coordinator, &pools.generic, &pools.get, &pools.management, &pools.write}) {
    const tasks::ThreadPool::Stats stats = pool->stats();
    out.ObjectField(pool->name());
    out.Field("threads", stats.threads);
    out.Field("queue", stats.queue);
    out.Field("active", stats.active);
    out.Field("rejected", stats.rejected);
    out.Field("largest", stats.largest);
    out.Field("completed", stats.completed);
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

void WriteSections(Writer& out, const actions::Node& node, const http::Server& http,
                   const Gathered& gathered, const StatsRequest& stats) {
  const std::int64_t now = node.clock.WallMillis();
  if (stats.Wants("indices")) WriteIndices(out, gathered, stats);
  if (stats.Wants("os")) WriteOs(out, gathered.host, now);
  if (stats.Wants("process")) WriteProcess(out, gathered.host, now);
  if (stats.Wants("thread_pool")) WritePools(out, node.pools);
  if (stats.Wants("fs")) WriteDisk(out, gathered.host, node.settings.data_path, now);
  if (stats.Wants("http")) {
    const http::ServerStats connections = http.stats();
    out.ObjectField("http");
    out.Field("current_open", connections.current_open);
    out.Field("total_opened", connections.total_opened);
    out.EndObject();
  }
  if (stats.Wants("task_cancellation")) WriteTaskCancellation(out, node, gathered.late);
  if (stats.Named(kCommits)) WriteHistogram(out, std::string(kCommits), gathered.commits);
  if (!stats.Named(kCancelToEnd) && !stats.Named(kCheckpointGaps)) return;
  const tasks::CancelMetrics::Snapshot counts = node.metrics.snapshot();
  if (stats.Named(kCancelToEnd)) WriteHistograms(out, kCancelToEnd, counts.cancel_to_end);
  if (stats.Named(kCheckpointGaps)) {
    WriteHistograms(out, kCheckpointGaps, counts.checkpoint_gaps);
    out.Field("short_background_runs", counts.short_background_runs);
  }
}

void WriteNode(Writer& out, const actions::Node& node, const http::Server& http,
               const cluster::NodeInfo& info, const Gathered& gathered, const StatsRequest& stats) {
  out.ObjectField(info.id);
  out.Field("timestamp", node.clock.WallMillis());
  out.Field("name", info.name);
  out.Field("transport_address", info.transport_address);
  out.Field("host", info.host);
  out.Field("ip", info.transport_address);
  out.ArrayField("roles");
  for (const std::string& role : info.roles) out.String(role);
  out.EndArray();
  if (!info.attributes.empty()) {
    out.ObjectField("attributes");
    for (const auto& [name, value] : info.attributes) out.Field(name, value);
    out.EndObject();
  }
  if (info.id == node.registry.node_id()) WriteSections(out, node, http, gathered, stats);
  out.EndObject();
}

Status GetStats(actions::Node& node, const http::Server& http, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const StatsRequest stats, ReadStats(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(const auto ids, cluster::ResolveNodes(*node.cluster.state(), stats.nodes.ids));
  tasks::TaskSpec spec;
  spec.action = kStats;
  spec.cancellable = false;
  spec.not_cancellable_because = kEndsAtOnce;
  spec.origin = OriginOf(request->head());
  auto gathered = std::make_shared<Gathered>();
  RunTask(
      node, node.pools.management, std::move(spec),
      [&node, gathered](tasks::TaskContext&) {
        *gathered = Gather(node);
        return tasks::End();
      },
      [&node, &http, gathered, ids, stats, request](const tasks::End& end) {
        if (!end.error.ok()) return request->Fail(end.error);
        const cluster::StatePtr state = node.cluster.state();
        request->Respond(200, [&](Writer& out) {
          WriteNodesHead(out, *state, ids.size());
          for (const std::string& id : ids) {
            const auto found = state->nodes.find(id);
            if (found != state->nodes.end()) {
              WriteNode(out, node, http, found->second, *gathered, stats);
            }
          }
          out.EndObject();
          out.EndObject();
        });
      });
  return {};
}

}  // namespace

void AddNodeStatsRoutes(Router& router, actions::Node& node, const http::Server& http) {
  for (const char* pattern :
       {"/_nodes/stats", "/_nodes/stats/{metric}", "/_nodes/stats/{metric}/{index_metric}",
        "/_nodes/{node_id}/stats", "/_nodes/{node_id}/stats/{metric}",
        "/_nodes/{node_id}/stats/{metric}/{index_metric}"}) {
    router.Add("GET", pattern,
               [&node, &http](const RequestPtr& request) { return GetStats(node, http, request); });
  }
}

}  // namespace rest::routes
