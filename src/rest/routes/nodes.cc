#include "rest/routes/nodes.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "rest/build_info.h"
#include "rest/origin.h"

namespace rest::routes {

using actions::node_stats::Answer;
using actions::node_stats::NodeFigures;
using base::Result;
using base::Status;
using base::json::Writer;

namespace {

// Those of OpenSearch. What is about a JVM or about search has no section here.
constexpr std::array<std::string_view, 14> kMetrics = {
    "settings", "os",      "process", "jvm",     "thread_pool",  "transport",        "http",
    "plugins",  "modules", "ingest",  "indices", "aggregations", "search_pipelines", "_all"};

// Of these, the ones that only the node itself knows.
constexpr std::array<std::string_view, 4> kAsked = {"os", "process", "jvm", "thread_pool"};

bool IsMetric(const std::string& text) {
  return std::ranges::find(kMetrics, text) != kMetrics.end();
}

bool Wants(const NodesParams& params, std::string_view metric) {
  const auto& metrics = params.metrics;
  return metrics.empty() || std::ranges::find(metrics, metric) != metrics.end() ||
         (metrics.size() == 1 && metrics.front() == "_all");
}

// The sections of one node. What the cluster's state does not know is missing if it was not asked.
class InfoWriter {
 public:
  InfoWriter(Writer& out, const Answer& answer, const NodesParams& params,
             const cluster::NodeInfo& info)
      : out_(out), answer_(answer), params_(params), info_(info) {
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
    WriteRolesAndAttributes(out_, info_);
    WriteSections();
    out_.EndObject();
  }

 private:
  bool Wants(std::string_view metric) const { return routes::Wants(params_, metric); }

  void WriteSections() {
    if (Wants("settings")) WriteSettings();
    if (figures_ && Wants("os")) WriteOs(figures_->host);
    if (figures_ && Wants("process")) {
      out_.ObjectField("process");
      out_.Field("refresh_interval_in_millis", 1000);
      out_.Field("id", figures_->host.pid);
      out_.Field("mlockall", false);
      out_.EndObject();
    }
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
      if (figures_) out_.Field("max_content_length_in_bytes", figures_->max_content_length);
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

  void WriteSettings() {
    out_.ObjectField("settings");
    out_.ObjectField("cluster");
    out_.Field("name", answer_.state->cluster_name);
    out_.EndObject();
    out_.ObjectField("node");
    out_.Field("name", info_.name);
    out_.EndObject();
    out_.EndObject();
  }

  void WriteOs(const actions::node_stats::HostFigures& host) {
    out_.ObjectField("os");
    out_.Field("refresh_interval_in_millis", 1000);
    out_.Field("name", host.os_name);
    out_.Field("pretty_name", host.os_pretty_name);
    out_.Field("arch", host.architecture);
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
      out_.Field("size", pool.threads);
      out_.EndObject();
    }
    out_.EndObject();
  }

  Writer& out_;
  const Answer& answer_;
  const NodesParams& params_;
  const cluster::NodeInfo& info_;
  const NodeFigures* figures_ = nullptr;
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
  request->AlsoKnows({"flat_settings"});
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, params.ids));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.about = actions::node_stats::About::kInfo;
  // Sniffing clients ask for addresses alone, which nobody needs to be asked for.
  question.parts.host =
      std::ranges::any_of(kAsked, [&](std::string_view metric) { return Wants(params, metric); });
  Ask(node, std::move(question), [params, request](const Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    request->Respond(200, [&](Writer& out) {
      WriteNodesHead(out, *answer);
      out.ObjectField("nodes");
      for (const std::string& id : answer->nodes) {
        const auto found = answer->state->nodes.find(id);
        if (found == answer->state->nodes.end()) continue;
        InfoWriter(out, *answer, params, found->second).Write();
      }
      out.EndObject();
      out.EndObject();
    });
  });
  return {};
}

}  // namespace

Result<actions::node_stats::Question> NodesQuestion(const actions::Node& node, Request& request,
                                                    const std::vector<std::string>& filters) {
  actions::node_stats::Question question;
  if (request.Has("timeout")) {
    ASSIGN_OR_RETURN(const base::TimeValue timeout, request.Time("timeout", base::TimeValue()));
    question.timeout_millis = timeout.millis();
    if (*question.timeout_millis < 0) question.timeout_millis.reset();
  }
  ASSIGN_OR_RETURN(question.nodes, cluster::ResolveNodes(*node.cluster.state(), filters));
  question.origin = OriginOf(request.head());
  return question;
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
}

}  // namespace rest::routes
