#include "rest/routes/nodes.h"

#include <algorithm>
#include <array>

#include "actions/node_stats/host.h"
#include "actions/run_task.h"
#include "base/text/strings.h"
#include "rest/build_info.h"
#include "rest/origin.h"

namespace rest::routes {

using base::Status;
using base::json::Writer;

namespace {

constexpr std::string_view kInfo = "cluster:monitor/nodes/info";
// Those of OpenSearch. What is about a JVM or about search has no section here.
constexpr std::array<std::string_view, 14> kMetrics = {
    "settings", "os",      "process", "jvm",     "thread_pool",  "transport",        "http",
    "plugins",  "modules", "ingest",  "indices", "aggregations", "search_pipelines", "_all"};

bool IsMetric(const std::string& text) {
  return std::ranges::find(kMetrics, text) != kMetrics.end();
}

class InfoWriter {
 public:
  InfoWriter(Writer& out, const actions::Node& node, const NodesParams& params,
             const actions::node_stats::HostFigures& host)
      : out_(out), node_(node), params_(params), host_(host) {}

  void Write(const cluster::NodeInfo& info) {
    out_.ObjectField(info.id);
    out_.Field("name", info.name);
    out_.Field("transport_address", info.transport_address);
    out_.Field("host", info.host);
    out_.Field("ip", info.ip);
    out_.Field("version", build::kVersion);
    out_.Field("build_type", build::kType);
    out_.Field("build_hash", build::Hash());
    out_.ArrayField("roles");
    for (const std::string& role : info.roles) out_.String(role);
    out_.EndArray();
    if (!info.attributes.empty()) {
      out_.ObjectField("attributes");
      for (const auto& [name, value] : info.attributes) out_.Field(name, value);
      out_.EndObject();
    }
    WriteSections(info);
    out_.EndObject();
  }

 private:
  bool Wants(std::string_view metric) const {
    const auto& metrics = params_.metrics;
    return metrics.empty() || std::ranges::find(metrics, metric) != metrics.end() ||
           (metrics.size() == 1 && metrics.front() == "_all");
  }

  // What this node knows of itself only.
  void WriteSections(const cluster::NodeInfo& info) {
    const bool is_here = info.id == node_.registry.node_id();
    if (Wants("settings")) {
      out_.ObjectField("settings");
      out_.ObjectField("cluster");
      out_.Field("name", node_.cluster.state()->cluster_name);
      out_.EndObject();
      out_.ObjectField("node");
      out_.Field("name", info.name);
      out_.EndObject();
      out_.EndObject();
    }
    if (is_here && Wants("os")) WriteOs();
    if (is_here && Wants("process")) {
      out_.ObjectField("process");
      out_.Field("refresh_interval_in_millis", 1000);
      out_.Field("id", host_.pid);
      out_.Field("mlockall", false);
      out_.EndObject();
    }
    if (is_here && Wants("thread_pool")) WritePools();
    if (Wants("transport")) {
      out_.ObjectField("transport");
      WriteAddresses(info.transport_address);
      out_.ObjectField("profiles");
      out_.EndObject();
      out_.EndObject();
    }
    if (Wants("http")) {
      out_.ObjectField("http");
      WriteAddresses(info.http_address);
      out_.Field("max_content_length_in_bytes", node_.settings.max_content_length);
      out_.EndObject();
    }
    for (const char* metric : {"plugins", "modules"}) {
      if (!Wants(metric)) continue;
      out_.ArrayField(metric);
      out_.EndArray();
    }
    if (Wants("ingest")) {
      out_.ObjectField("ingest");
      out_.ArrayField("processors");
      out_.EndArray();
      out_.EndObject();
    }
  }

  void WriteOs() {
    out_.ObjectField("os");
    out_.Field("refresh_interval_in_millis", 1000);
    out_.Field("name", host_.os_name);
    out_.Field("pretty_name", host_.os_pretty_name);
    out_.Field("arch", host_.architecture);
    out_.Field("version", host_.os_version);
    out_.Field("available_processors", host_.cpus);
    out_.Field("allocated_processors", host_.cpus);
    out_.EndObject();
  }

  void WriteAddresses(const std::string& address) {
    out_.ArrayField("bound_address");
    out_.String(address);
    out_.EndArray();
    out_.Field("publish_address", address);
  }

  void WritePools() {
    out_.ObjectField("thread_pool");
    const auto& pools = node_.pools;
    for (const tasks::ThreadPool* pool :
         {&pools.coordinator, &pools.generic, &pools.get, &pools.management, &pools.write}) {
      out_.ObjectField(pool->name());
      out_.Field("type", pool == &pools.coordinator ? "scaling" : "fixed");
      out_.Field("size", pool->stats().threads);
      out_.EndObject();
    }
    out_.EndObject();
  }

  Writer& out_;
  const actions::Node& node_;
  const NodesParams& params_;
  const actions::node_stats::HostFigures& host_;
};

// `/_nodes/{x}` means metrics if all of x are, else nodes.
NodesParams ReadParams(Request& request) {
  NodesParams params{.ids = request.List("node_id"), .metrics = request.List("metrics")};
  if (!request.Has("metrics") && !params.ids.empty() && std::ranges::all_of(params.ids, IsMetric)) {
    params.metrics = std::exchange(params.ids, {});
  }
  return params;
}

// Routes that are not there; as names of nodes they would find nothing and answer 200.
bool IsOtherApi(const std::string& id) { return id == "hot_threads" || id == "usage"; }

Status GetInfo(actions::Node& node, const RequestPtr& request) {
  const NodesParams params = ReadParams(*request);
  if (std::ranges::any_of(params.ids, IsOtherApi)) {
    return base::IllegalArgument("[_nodes/" + base::Join(params.ids, ",") +
                                 "] is not supported by this version");
  }
  ASSIGN_OR_RETURN(const base::TimeValue timeout, request->Time("timeout", base::TimeValue()));
  static_cast<void>(timeout);  // nobody is asked
  request->AlsoKnows({"flat_settings"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(const auto ids, cluster::ResolveNodes(*node.cluster.state(), params.ids));
  tasks::TaskSpec spec;
  spec.action = kInfo;
  spec.cancellable = false;
  spec.not_cancellable_because = kEndsAtOnce;
  spec.origin = OriginOf(request->head());
  auto host = std::make_shared<actions::node_stats::HostFigures>();
  RunTask(
      node, node.pools.management, std::move(spec),
      [&node, host](tasks::TaskContext&) {
        *host = actions::node_stats::ReadHost(node.settings.data_path);
        return tasks::End();
      },
      [&node, host, ids, params, request](const tasks::End& end) {
        if (!end.error.ok()) return request->Fail(end.error);
        const cluster::StatePtr state = node.cluster.state();
        request->Respond(200, [&](Writer& out) {
          WriteNodesHead(out, *state, ids.size());
          InfoWriter writer(out, node, params, *host);
          for (const std::string& id : ids) {
            const auto found = state->nodes.find(id);
            if (found != state->nodes.end()) writer.Write(found->second);
          }
          out.EndObject();
          out.EndObject();
        });
      });
  return {};
}

}  // namespace

void WriteNodesHead(Writer& out, const cluster::ClusterState& state, std::size_t count) {
  out.BeginObject();
  out.ObjectField("_nodes");
  out.Field("total", count);
  out.Field("successful", count);
  out.Field("failed", 0);
  out.EndObject();
  out.Field("cluster_name", state.cluster_name);
  out.ObjectField("nodes");
}

void AddNodeInfoRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_nodes", "/_nodes/{node_id}", "/_nodes/{node_id}/{metrics}",
                              "/_nodes/{node_id}/info/{metrics}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetInfo(node, request); });
  }
}

void AddNodeRoutes(Router& router, actions::Node& node, const http::Server& http) {
  AddNodeInfoRoutes(router, node);
  AddNodeStatsRoutes(router, node, http);
}

}  // namespace rest::routes
