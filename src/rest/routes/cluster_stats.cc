#include "rest/routes/cluster_stats.h"

#include <algorithm>

#include "actions/cluster_health/health.h"
#include "rest/build_info.h"
#include "rest/routes/field_types.h"
#include "rest/routes/nodes.h"
#include "rest/routes/shard_figures.h"

namespace rest::routes {

using actions::node_stats::Answer;
using base::Status;
using base::json::Writer;

namespace {

// The least, the most and the mean of something.
struct Spread {
  double min = 0, max = 0, sum = 0;
  int count = 0;

  void Add(double value) {
    min = count == 0 ? value : std::min(min, value);
    max = count == 0 ? value : std::max(max, value);
    sum += value;
    ++count;
  }
  double avg() const { return count == 0 ? 0 : sum / count; }
};

void WriteSpread(Writer& out, std::string_view key, const Spread& spread, bool whole) {
  out.ObjectField(key);
  for (const auto& [name, value] : {std::pair("min", spread.min), std::pair("max", spread.max)}) {
    whole ? out.Field(name, static_cast<std::int64_t>(value)) : out.Field(name, value);
  }
  out.Field("avg", spread.avg());
  out.EndObject();
}

void WriteShards(Writer& out, const actions::cluster_health::Health& health) {
  Spread shards, primaries, replication;
  for (const auto& index : health.indices) {
    shards.Add(index.active);
    primaries.Add(index.active_primaries);
    replication.Add(index.active_primaries == 0
                        ? 0
                        : static_cast<double>(index.active - index.active_primaries) /
                              index.active_primaries);
  }
  out.ObjectField("shards");
  if (health.active > 0) {
    out.Field("total", health.active);
    out.Field("primaries", health.active_primaries);
    out.Field("replication", health.active_primaries == 0
                                 ? 0.0
                                 : static_cast<double>(health.active - health.active_primaries) /
                                       health.active_primaries);
    out.ObjectField("index");
    WriteSpread(out, "shards", shards, true);
    WriteSpread(out, "primaries", primaries, true);
    WriteSpread(out, "replication", replication, false);
    out.EndObject();
  }
  out.EndObject();
}

// Which analyzers mappings use is not counted.
constexpr std::string_view kAnalysis =
    R"({"char_filter_types":[],"tokenizer_types":[],"filter_types":[],"analyzer_types":[],)"
    R"("built_in_char_filters":[],"built_in_tokenizers":[],"built_in_filters":[],)"
    R"("built_in_analyzers":[]})";

void WriteIndices(const HumanFields& fields, const Answer& answer,
                  const actions::cluster_health::Health& health, const FieldTypes& types) {
  actions::node_stats::ShardFigures all;
  for (const auto& [id, figures] : answer.figures) {
    all.documents += figures.shards.documents;
    all.deleted += figures.shards.deleted;
    all.bytes += figures.shards.bytes;
  }
  Writer& out = fields.out();
  out.ObjectField("indices");
  out.Field("count", health.indices.size());
  WriteShards(out, health);
  for (const char* section :
       {"docs", "store", "fielddata", "query_cache", "completion", "segments"}) {
    WriteShardFigures(fields, all, {.metrics = {section}, .all = false}, FigureSum::kOfIndex);
  }
  out.ObjectField("mappings");
  WriteFieldTypes(out, types);
  out.EndObject();
  out.RawField("analysis", kAnalysis);
  out.EndObject();
}

void WriteCounts(Writer& out, const Answer& answer) {
  out.ObjectField("count");
  out.Field("total", answer.nodes.size());
  const auto count = [&](std::string_view name, const auto& fits) {
    out.Field(name, std::ranges::count_if(answer.nodes, [&](const std::string& id) {
                const auto found = answer.state->nodes.find(id);
                return found != answer.state->nodes.end() && fits(found->second);
              }));
  };
  const auto role = [](std::string_view name) {
    return [name](const cluster::NodeInfo& info) { return info.HasRole(name); };
  };
  count("coordinating_only", [](const cluster::NodeInfo& info) { return info.roles.empty(); });
  for (const char* name : {"cluster_manager", "data", "ingest"}) count(name, role(name));
  count("master", role("cluster_manager"));
  for (const char* name : {"remote_cluster_client", "search"}) count(name, role(name));
  out.EndObject();
}

void WriteNames(Writer& out, std::string_view key, std::string_view name_key,
                const std::map<std::string, int>& names) {
  out.ArrayField(key);
  for (const auto& [name, count] : names) {
    out.BeginObject();
    out.Field(name_key, name);
    out.Field("count", count);
    out.EndObject();
  }
  out.EndArray();
}

void WriteOs(const HumanFields& fields, const Answer& answer) {
  Writer& out = fields.out();
  std::int64_t cpus = 0, total = 0, free = 0;
  std::map<std::string, int> names, pretty_names;
  for (const auto& [id, figures] : answer.figures) {
    cpus += figures.host.cpus;
    total += figures.host.memory_total;
    free += figures.host.memory_free;
    ++names[figures.host.os_name];
    ++pretty_names[figures.host.os_pretty_name];
  }
  const std::int64_t free_percent = total == 0 ? 0 : 100 * free / total;
  out.ObjectField("os");
  out.Field("available_processors", cpus);
  out.Field("allocated_processors", cpus);
  WriteNames(out, "names", "name", names);
  WriteNames(out, "pretty_names", "pretty_name", pretty_names);
  out.ObjectField("mem");
  fields.Bytes("total", total);
  fields.Bytes("free", free);
  fields.Bytes("used", total - free);
  out.Field("free_percent", free_percent);
  out.Field("used_percent", total == 0 ? 0 : 100 - free_percent);
  out.EndObject();
  out.EndObject();
}

// There is none: clients find the members that they require, and what the processes take.
void WriteJvm(const HumanFields& fields, const Answer& answer) {
  std::int64_t uptime = 0, used = 0, total = 0, threads = 0;
  for (const auto& [id, figures] : answer.figures) {
    uptime = std::max<std::int64_t>(uptime, figures.host.uptime_millis);
    used += figures.host.resident_bytes;
    total += figures.host.memory_total;
    threads += figures.host.threads;
  }
  Writer& out = fields.out();
  out.ObjectField("jvm");
  fields.Millis("max_uptime", uptime);
  out.ArrayField("versions");
  if (!answer.figures.empty()) {
    out.BeginObject();
    for (const char* name : {"version", "vm_name", "vm_version", "vm_vendor"}) out.Field(name, "");
    out.Field("bundled_jdk", false);
    out.Field("using_bundled_jdk", false);
    out.Field("count", answer.figures.size());
    out.EndObject();
  }
  out.EndArray();
  out.ObjectField("mem");
  fields.Bytes("heap_used", used);
  fields.Bytes("heap_max", total);
  out.EndObject();
  out.Field("threads", threads);
  out.EndObject();
}

// In the names that OpenSearch has for them.
void WriteKinds(Writer& out, std::size_t nodes) {
  out.ArrayField("plugins");
  out.EndArray();
  out.ObjectField("network_types");
  for (const char* kind : {"transport_types", "http_types"}) {
    out.ObjectField(kind);
    if (nodes > 0) out.Field("netty4", nodes);
    out.EndObject();
  }
  out.EndObject();
  out.ObjectField("discovery_types");
  if (nodes > 0) out.Field("zen", nodes);
  out.EndObject();
  WriteNames(out, "packaging_types", "type",
             nodes == 0 ? std::map<std::string, int>()
                        : std::map<std::string, int>{{"unknown", static_cast<int>(nodes)}});
  out.ObjectField("ingest");
  out.Field("number_of_pipelines", 0);
  out.RawField("processor_stats", "{}");
  out.EndObject();
}

void WriteNodes(const HumanFields& fields, const Answer& answer) {
  Writer& out = fields.out();
  Spread files;
  std::int64_t percent = 0, disk_total = 0, disk_free = 0, disk_available = 0;
  for (const auto& [id, figures] : answer.figures) {
    files.Add(static_cast<double>(figures.host.open_files));
    percent += figures.host.process_cpu_percent;
    disk_total += figures.host.disk_total;
    disk_free += figures.host.disk_free;
    disk_available += figures.host.disk_available;
  }
  out.ObjectField("nodes");
  WriteCounts(out, answer);
  out.ArrayField("versions");
  if (!answer.nodes.empty()) out.String(build::kVersion);
  out.EndArray();
  WriteOs(fields, answer);
  out.ObjectField("process");
  out.ObjectField("cpu");
  out.Field("percent", percent);
  out.EndObject();
  WriteSpread(out, "open_file_descriptors", files, true);
  out.EndObject();
  WriteJvm(fields, answer);
  out.ObjectField("fs");
  fields.Bytes("total", disk_total);
  fields.Bytes("free", disk_free);
  fields.Bytes("available", disk_available);
  fields.Bytes("cache_reserved", 0);
  out.EndObject();
  WriteKinds(out, answer.figures.size());
  out.EndObject();
}

void WriteStats(const HumanFields& fields, const actions::Node& node, const Answer& answer,
                const FieldTypes& types) {
  Writer& out = fields.out();
  std::vector<std::string> names;
  for (const auto& entry : answer.state->indices) names.push_back(entry.first);
  const auto health = actions::cluster_health::HealthOf(node, names);
  WriteNodesHead(out, answer);
  out.Field("cluster_uuid", answer.state->cluster_uuid);
  out.Field("timestamp", node.clock.WallMillis());
  out.Field("status", ColorName(health.color));
  WriteIndices(fields, answer, health, types);
  WriteNodes(fields, answer);
  out.EndObject();
}

Status GetStats(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, request->List("node_id"),
                                                "ClusterStatsRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.about = actions::node_stats::About::kClusterStats;
  question.parts = {.host = true, .shards = true};
  ASSIGN_OR_RETURN(auto types, CountFieldTypes(*node.cluster.state(), request->route_task(),
                                               node.registry.memory()));
  Ask(node, std::move(question),
      [&node, request, types = std::move(types)](const base::Result<Answer>& answer) {
        if (!answer.ok()) return request->Fail(answer.status());
        request->Respond(200, [&](Writer& out) {
          WriteStats({out, request->format().human}, node, *answer, types);
        });
      });
  return {};
}

}  // namespace

void AddClusterStatsRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_cluster/stats", "/_cluster/stats/nodes/{node_id}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetStats(node, request); });
  }
}

}  // namespace rest::routes
