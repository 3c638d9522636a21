#include "rest/routes/nodes.h"

#include <algorithm>
#include <array>

#include "rest/build_info.h"
#include "rest/human_fields.h"
#include "rest/origin.h"
#include "rest/routes/nested_settings.h"

namespace rest::routes {

using actions::node_stats::Answer;
using actions::node_stats::NodeFigures;
using base::Result;
using base::Status;
using base::json::Writer;

namespace {

// Those of OpenSearch.
constexpr std::array<std::string_view, 14> kMetrics = {
    "settings", "os",      "process", "jvm",     "thread_pool",  "transport",        "http",
    "plugins",  "modules", "ingest",  "indices", "aggregations", "search_pipelines", "_all"};

// Of these, the ones that only the node itself knows.
constexpr std::array<std::string_view, 5> kAsked = {"os", "process", "jvm", "thread_pool",
                                                    "indices"};

bool IsMetric(const std::string& text) {
  return std::ranges::find(kMetrics, text) != kMetrics.end();
}

bool Wants(const NodesParams& params, std::string_view metric) {
  const auto& metrics = params.metrics;
  return params.all_metrics || std::ranges::find(metrics, metric) != metrics.end() ||
         (metrics.size() == 1 && metrics.front() == "_all");
}

// The sections of one node. What the cluster's state does not know is missing if it was not asked.
class InfoWriter {
 public:
  InfoWriter(const HumanFields& fields, const Answer& answer, const NodesParams& params,
             const cluster::NodeInfo& info)
      : fields_(fields), out_(fields.out()), params_(params), info_(info) {
    const auto found = answer.figures.find(info.id);
    if (found != answer.figures.end()) figures_ = &found->second;
  }

  void Write() {
    out_.ObjectField(info_.id);
    out_.Field("name", info_.name);
    out_.Field("transport_address", info_.transport_address);
    out_.Field("host", info_.host);
    out_.Field("ip", info_.ip);
    out_.Field("version", build::kVersion);
    out_.Field("build_type", build::kType);
    out_.Field("build_hash", build::Hash());
    if (figures_ && Wants("indices")) {
      // OpenSearch's names, this way round.
      if (fields_.human())
        out_.Field("total_indexing_buffer_in_bytes",
                   base::ByteSize(figures_->write_buffer).ToString());
      out_.Field("total_indexing_buffer", figures_->write_buffer);
    }
    WriteRolesAndAttributes(out_, info_);
    WriteSections();
    out_.EndObject();
  }

 private:
  bool Wants(std::string_view metric) const { return routes::Wants(params_, metric); }

  void WriteSections() {
    if (figures_ && Wants("settings")) {
      out_.Key("settings");
      WriteSettings(out_, figures_->settings, params_.flat_settings, "path.data");
    }
    if (figures_ && Wants("os")) WriteOs(figures_->host);
    if (figures_ && Wants("process")) {
      out_.ObjectField("process");
      fields_.Millis("refresh_interval", 1000);
      out_.Field("id", figures_->host.pid);
      out_.Field("mlockall", false);
      out_.EndObject();
    }
    if (figures_ && Wants("jvm")) WriteJvm();
    if (figures_ && Wants("thread_pool")) WritePools();
    if (Wants("transport")) {
      out_.ObjectField("transport");
      WriteAddresses(info_.transport_address);
      out_.ObjectField("profiles");
      out_.EndObject();
      out_.EndObject();
    }
    if (Wants("http")) {
      out_.ObjectField("http");
      WriteAddresses(info_.http_address);
      if (figures_) {
        fields_.Bytes("max_content_length", figures_->max_content_length);
      } else if (info_.id == params_.local_id) {
        fields_.Bytes("max_content_length", params_.max_content_length);
      }
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
    if (Wants("aggregations")) out_.RawField("aggregations", "{}");
    if (Wants("search_pipelines")) {
      out_.RawField("search_pipelines", R"({"request_processors":[],"response_processors":[]})");
    }
  }

  // There is none: clients find the members that they require, and what the process may use.
  void WriteJvm() {
    const actions::node_stats::HostFigures& host = figures_->host;
    out_.ObjectField("jvm");
    out_.Field("pid", host.pid);
    for (const char* name : {"version", "vm_name", "vm_version", "vm_vendor"}) out_.Field(name, "");
    out_.Field("bundled_jdk", false);
    out_.Field("using_bundled_jdk", false);
    fields_.Instant("start_time", figures_->wall_millis - host.uptime_millis);
    out_.ObjectField("mem");
    fields_.Bytes("heap_init", 0);
    fields_.Bytes("heap_max", host.memory_total);
    for (const char* name : {"non_heap_init", "non_heap_max", "direct_max"}) fields_.Bytes(name, 0);
    out_.EndObject();
    out_.RawField("gc_collectors", "[]");
    out_.RawField("memory_pools", "[]");
    out_.Field("using_compressed_ordinary_object_pointers", "false");
    out_.RawField("input_arguments", "[]");
    out_.EndObject();
  }

  void WriteOs(const actions::node_stats::HostFigures& host) {
    out_.ObjectField("os");
    fields_.Millis("refresh_interval", 1000);
    out_.Field("name", host.os_name);
    out_.Field("pretty_name", host.os_pretty_name);
    // Java's name for it.
    out_.Field("arch", host.architecture == "x86_64" ? "amd64" : host.architecture);
    out_.Field("version", host.os_version);
    out_.Field("available_processors", host.cpus);
    out_.Field("allocated_processors", host.cpus);
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
    for (const auto& pool : figures_->pools) {
      out_.ObjectField(pool.name);
      out_.Field("type", pool.scaling ? "scaling" : "fixed");
      if (pool.scaling) {
        out_.Field("core", 0);
        out_.Field("max", pool.max_threads);
        out_.Field("keep_alive", kPoolKeepAlive);
      } else {
        out_.Field("size", pool.threads);
      }
      out_.Field("queue_size", pool.max_queue);
      out_.EndObject();
    }
    out_.EndObject();
  }

  const HumanFields& fields_;
  Writer& out_;
  const NodesParams& params_;
  const cluster::NodeInfo& info_;
  const NodeFigures* figures_ = nullptr;
};

// `/_nodes/{x}` means metrics if all of x are, else nodes.
NodesParams ReadParams(Request& request) {
  NodesParams params{.ids = request.List("node_id"),
                     .metrics = ItemsOf(request, "metrics"),
                     .all_metrics = !request.Has("metrics")};
  if (params.all_metrics && !params.ids.empty() && std::ranges::all_of(params.ids, IsMetric)) {
    params.metrics = std::exchange(params.ids, {});
    params.all_metrics = false;
  }
  return params;
}

Status GetInfo(actions::Node& node, const RequestPtr& request) {
  NodesParams params = ReadParams(*request);
  params.local_id = node.registry.node_id();
  params.max_content_length = static_cast<std::int64_t>(node.settings.max_content_length);
  if (Wants(params, "settings")) {
    ASSIGN_OR_RETURN(params.flat_settings, request->Bool("flat_settings"));
  }
  request->AlsoKnows({"flat_settings"});
  ASSIGN_OR_RETURN(auto question,
                   NodesQuestion(node, *request, params.ids, "NodesInfoRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.about = actions::node_stats::About::kInfo;
  // Sniffing clients ask for addresses alone, which nobody needs to be asked for.
  question.parts.host =
      std::ranges::any_of(kAsked, [&](std::string_view metric) { return Wants(params, metric); });
  question.parts.settings = Wants(params, "settings");
  Ask(node, std::move(question), [params, request](const Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    request->Respond(200, [&](Writer& out) {
      const HumanFields fields(out, request->format().human);
      WriteNodesHead(out, *answer);
      out.ObjectField("nodes");
      for (const std::string& id : answer->nodes) {
        const auto found = answer->state->nodes.find(id);
        if (found == answer->state->nodes.end()) continue;
        InfoWriter(fields, *answer, params, found->second).Write();
      }
      out.EndObject();
      out.EndObject();
    });
  });
  return {};
}

}  // namespace

Result<actions::node_stats::Question> NodesQuestion(const actions::Node& node, Request& request,
                                                    const std::vector<std::string>& filters,
                                                    std::string_view timeout_name) {
  actions::node_stats::Question question;
  if (const std::string* text = request.Find("timeout")) {
    ASSIGN_OR_RETURN(const auto timeout, base::TimeValue::Parse(*text, timeout_name));
    question.timeout_millis = std::max<std::int64_t>(timeout.millis(), 0);  // -1 is over at once
  }
  ASSIGN_OR_RETURN(question.nodes, cluster::ResolveNodes(*node.cluster.state(), filters));
  question.origin = OriginOf(request.head());
  return question;
}

std::vector<std::string> ItemsOf(Request& request, std::string_view name) {
  std::vector<std::string> items = request.List(name);
  std::erase(items, "");
  return items;
}

void WriteNodesHead(Writer& out, const Answer& answer) {
  out.BeginObject();
  out.ObjectField("_nodes");
  out.Field("total", answer.nodes.size() + answer.failures.size());
  out.Field("successful", answer.nodes.size());
  out.Field("failed", answer.failures.size());
  if (!answer.failures.empty()) {
    actions::tasks_list::WriteNodeFailures(out, answer.failures, "failures");
  }
  out.EndObject();
  out.Field("cluster_name", answer.state->cluster_name);
}

void WriteRolesAndAttributes(Writer& out, const cluster::NodeInfo& info) {
  out.ArrayField("roles");
  for (const std::string& role : info.roles) out.String(role);
  out.EndArray();
  if (info.attributes.empty()) return;
  out.ObjectField("attributes");
  for (const auto& [name, value] : info.attributes) out.Field(name, value);
  out.EndObject();
}

void AddNodeInfoRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_nodes", "/_nodes/{node_id}", "/_nodes/{node_id}/{metrics}",
                              "/_nodes/{node_id}/info/{metrics}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetInfo(node, request); });
  }
}

void AddNodeRoutes(Router& router, actions::Node& node) {
  AddNodeInfoRoutes(router, node);
  AddNodeStatsRoutes(router, node);
  AddHotThreadsRoutes(router, node);
  AddNodesUsageRoutes(router, node);
}

}  // namespace rest::routes
