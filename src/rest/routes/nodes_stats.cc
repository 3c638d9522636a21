#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "rest/routes/nodes.h"
#include "rest/routes/nodes_stats_sections.h"
#include "rest/routes/shard_figures.h"

namespace rest::routes {

using actions::node_stats::Answer;
using actions::node_stats::NodeFigures;
using actions::node_stats::ShardFigures;
using base::Status;
using base::json::Writer;

namespace {

// Ours, shown only when they are asked for by name.
constexpr std::string_view kCancelToEnd = "cancel_to_end";
constexpr std::string_view kCheckpointGaps = "checkpoint_gaps";
constexpr std::string_view kEndedTasks = "ended_tasks";
constexpr std::string_view kCommits = "commits";
constexpr std::array<std::string_view, 3> kLevels = {"node", "indices", "shards"};

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

struct StatsRequest {
  NodesParams nodes;
  FigureSections sections;
  std::string level;

  bool Named(std::string_view metric) const {
    return std::ranges::find(nodes.metrics, metric) != nodes.metrics.end();
  }
  bool Wants(std::string_view metric) const { return nodes.all_metrics || Named(metric); }
  bool WantsIndices() const {
    return Wants("indices") && (sections.all || !sections.metrics.empty());
  }
  bool WantsSection(std::string_view metric) const {
    return Wants("indices") && sections.Wants(metric);
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

// Each is known only if what it is about is asked for.
Status ReadSectionParams(Request& request, StatsRequest& stats) {
  if (stats.WantsSection("fielddata")) {
    const bool all = request.Has("fields") || stats.sections.all;
    stats.sections.fielddata_fields = request.Has("fielddata_fields") || all;
  }
  if (stats.WantsSection("completion")) {
    const bool all = request.Has("fields") || stats.sections.all;
    stats.sections.completion_fields = request.Has("completion_fields") || all;
  }
  if (stats.WantsSection("search")) request.AlsoKnows({"groups"});
  if (stats.WantsSection("segments"))
    RETURN_IF_ERROR(request.Bool("include_segment_file_sizes").status());
  stats.level = request.String("level", "node");
  return {};
}

base::Result<StatsRequest> ReadStats(Request& request) {
  StatsRequest stats{
      .nodes = {request.List("node_id"), ItemsOf(request, "metric"), !request.Has("metric")},
      .sections = {.metrics = ItemsOf(request, "index_metric"),
                   .all = !request.Has("index_metric")},
      .level = {}};
  std::vector<std::string>& index_metrics = stats.sections.metrics;
  const auto is_all = [](const std::string& name) { return name == "_all"; };
  const auto refuse = [&](const std::string& what) {
    return base::IllegalArgument("request [" + request.path() + "] contains " + what);
  };
  const std::string named = "index metrics [" + base::Join(index_metrics, ",") + "] but ";
  if (std::ranges::any_of(stats.nodes.metrics, is_all)) {
    if (stats.nodes.metrics.size() > 1) {
      return refuse("_all and individual metrics [" + base::Join(stats.nodes.metrics, ",") + "]");
    }
    if (!stats.sections.all) return refuse(named + "all stats requested");
    stats.nodes = {std::move(stats.nodes.ids), {}, /*all_metrics=*/true};
  }
  if (auto bad = NotIn(stats.nodes.metrics, KnownMetrics()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownMetrics(), "metric");
  }
  if (index_metrics.size() == 1 && is_all(index_metrics.front())) {
    stats.sections = {.metrics = {}, .all = true};
  }
  if (!stats.sections.all && !stats.Wants("indices")) {
    return refuse(named + "indices stats not requested");
  }
  if (auto bad = NotIn(index_metrics, KnownFigureSections()); !bad.empty()) {
    return request.Unrecognized(std::move(bad), KnownFigureSections(), "index metric");
  }
  RETURN_IF_ERROR(ReadSectionParams(request, stats));
  return stats;
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

// What Quell knows beyond OpenSearch.
void WriteOwnSections(Writer& out, const NodeFigures& figures, const StatsRequest& stats) {
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

// One node of the answer.
class StatsWriter {
 public:
  StatsWriter(const HumanFields& fields, const cluster::ClusterState& state,
              const StatsRequest& stats, const cluster::NodeInfo& info, const NodeFigures& figures)
      : fields_(fields),
        out_(fields.out()),
        state_(state),
        stats_(stats),
        info_(info),
        figures_(figures) {}

  void Write() {
    out_.ObjectField(info_.id);
    out_.Field("timestamp", figures_.wall_millis);
    out_.Field("name", info_.name);
    out_.Field("transport_address", info_.transport_address);
    out_.Field("host", info_.host);
    out_.Field("ip", info_.transport_address);
    WriteRolesAndAttributes(out_, info_);
    if (stats_.WantsIndices()) WriteIndices();
    const auto wants = [this](std::string_view metric) { return stats_.Wants(metric); };
    WriteHostSections(fields_, figures_, wants);
    WriteNodeSections(fields_, figures_, wants);
    WriteOwnSections(out_, figures_, stats_);
    out_.EndObject();
  }

 private:
  void WriteIndices() {
    out_.ObjectField("indices");
    WriteShardFigures(fields_, figures_.shards, stats_.sections, FigureSum::kOfNode);
    if (stats_.level == "indices") WriteByIndex();
    if (stats_.level == "shards") WriteByShard();
    out_.EndObject();
  }

  void WriteByIndex() {
    out_.ObjectField("indices");
    for (const auto& [name, index] : state_.indices) {
      ShardFigures sum;
      bool here = false;
      ForEachShard(*index, [&](int, const ShardFigures& shard) {
        sum.Add(shard);
        here = true;
      });
      if (!here) continue;
      out_.ObjectField(name);
      WriteShardFigures(fields_, sum, stats_.sections, FigureSum::kOfIndex);
      out_.EndObject();
    }
    out_.EndObject();
  }

  void WriteByShard() {
    out_.ObjectField("shards");
    for (const auto& [name, index] : state_.indices) {
      bool here = false;
      ForEachShard(*index, [&](int number, const ShardFigures& shard) {
        if (!std::exchange(here, true)) out_.ArrayField(name);
        out_.BeginObject();
        out_.Key(std::to_string(number));
        WriteShard(fields_, {*index, number, info_.id, figures_.data_path}, shard, stats_.sections);
        out_.EndObject();
      });
      if (here) out_.EndArray();
    }
    out_.EndObject();
  }

  void ForEachShard(const cluster::IndexMetadata& index,
                    const std::function<void(int, const ShardFigures&)>& each) const {
    for (int number = 0; number < index.number_of_shards; ++number) {
      const auto found =
          figures_.by_shard.find(actions::node_stats::KeyOfShard(index.uuid, number));
      if (found != figures_.by_shard.end()) each(number, found->second);
    }
  }

  const HumanFields& fields_;
  Writer& out_;
  const cluster::ClusterState& state_;
  const StatsRequest& stats_;
  const cluster::NodeInfo& info_;
  const NodeFigures& figures_;
};

// OpenSearch finds a level that there is not only when it writes the figures of a node.
Answer WithoutAnyNode(Answer answer) {
  const Status why = base::IllegalArgument("Level provided is not supported by NodeIndicesStats");
  for (const std::string& id : std::exchange(answer.nodes, {}))
    answer.failures.push_back({id, why});
  answer.figures.clear();
  return answer;
}

void Respond(const RequestPtr& request, const StatsRequest& stats, const Answer& answer) {
  request->Respond(200, [&](Writer& out) {
    const HumanFields fields(out, request->format().human);
    WriteNodesHead(out, answer);
    out.ObjectField("nodes");
    for (const auto& [id, figures] : answer.figures) {
      const auto found = answer.state->nodes.find(id);
      if (found == answer.state->nodes.end()) continue;
      StatsWriter(fields, *answer.state, stats, found->second, figures).Write();
    }
    out.EndObject();
    out.EndObject();
  });
}

Status GetStats(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const StatsRequest stats, ReadStats(*request));
  ASSIGN_OR_RETURN(auto question,
                   NodesQuestion(node, *request, stats.nodes.ids, "NodesStatsRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const bool no_such_level =
      stats.WantsIndices() && std::ranges::find(kLevels, stats.level) == kLevels.end();
  if (no_such_level && stats.level.empty()) {
    return base::IllegalArgument(
        "level parameter must be one of [indices] or [node] or [shards] but was []");
  }
  question.parts = {.host = true,
                    .shards = stats.WantsIndices() || stats.Named(kCommits),
                    .each_shard = stats.WantsIndices() && stats.level != "node",
                    .cancels = stats.Wants("task_cancellation") || stats.Named(kCancelToEnd) ||
                               stats.Named(kCheckpointGaps) || stats.Named(kEndedTasks)};
  request->MustAnswer();
  Ask(node, std::move(question),
      [stats, request, no_such_level](const base::Result<Answer>& answer) {
        if (!answer.ok()) return request->Fail(answer.status());
        Respond(request, stats, no_such_level ? WithoutAnyNode(*answer) : *answer);
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
