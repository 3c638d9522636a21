#include "actions/hot_threads/hot_threads.h"

#include "actions/cluster_health/copies.h"
#include "rest/origin.h"
#include "rest/routes/cat_nodes.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::hot_threads::Answer;
using base::Status;

namespace {

// As OpenSearch prints a node in logs and here.
std::string NodeLine(const cluster::NodeInfo& info) {
  std::string line;
  for (const std::string& part :
       {info.name, info.id,
        actions::cluster_health::StableId(info.id + std::to_string(info.incarnation)), info.host,
        info.transport_address, RoleLetters(info.roles)}) {
    line += "{" + part + "}";
  }
  std::string attributes;
  for (const auto& [name, value] : info.attributes)
    attributes += (attributes.empty() ? "" : ", ") + name + "=" + value;
  return attributes.empty() ? line : line + "{" + attributes + "}";
}

// Every line moved to the right.
void AppendIndented(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out += "   ";
    out += text.substr(0, end);
    text.remove_prefix(end);
  }
}

std::string ToText(const Answer& answer) {
  std::string text;
  for (const auto& [id, report] : answer.reports) {
    const auto found = answer.state->nodes.find(id);
    if (found == answer.state->nodes.end()) continue;
    text += "::: " + NodeLine(found->second) + "\n";
    AppendIndented(text, report);
    text += "\n";
  }
  return text;
}

Status GetHotThreads(actions::Node& node, const RequestPtr& request) {
  actions::hot_threads::Question question;
  ASSIGN_OR_RETURN(question.watch.threads, request->Int("threads", question.watch.threads));
  ASSIGN_OR_RETURN(question.watch.ignore_idle, request->Bool("ignore_idle_threads", true));
  question.watch.type = request->String("type", question.watch.type);
  ASSIGN_OR_RETURN(
      const base::TimeValue interval,
      request->Time("interval", base::TimeValue::Nanos(question.watch.interval_nanos)));
  question.watch.interval_nanos = interval.nanos();
  ASSIGN_OR_RETURN(question.watch.snapshots, request->Int("snapshots", question.watch.snapshots));
  ASSIGN_OR_RETURN(auto nodes, NodesQuestion(node, *request, request->List("node_id"),
                                             "NodesHotThreadsRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.nodes = std::move(nodes.nodes);
  question.timeout_millis = nodes.timeout_millis;
  question.origin = std::move(nodes.origin);
  actions::hot_threads::Ask(node, std::move(question),
                            [request](const base::Result<Answer>& answer) {
                              if (!answer.ok()) return request->Fail(answer.status());
                              request->RespondText(200, ToText(*answer));
                            });
  return {};
}

}  // namespace

void AddHotThreadsRoutes(Router& router, actions::Node& node) {
  for (const std::string place : {"/_nodes", "/_cluster/nodes"}) {
    for (const std::string name : {"/hot_threads", "/hotthreads"}) {
      const bool deprecated = place != "/_nodes" || name != "/hot_threads";
      for (const bool of_some : {false, true}) {
        const auto path = [of_some](const std::string& at, const std::string& of) {
          return at + (of_some ? "/{nodeId}" : "") + of;
        };
        const std::string warning = "[" + path(place, name) +
                                    "] is a deprecated endpoint. Please use [" +
                                    path("/_nodes", "/hot_threads") + "] instead.";
        router.Add("GET", place + (of_some ? "/{node_id}" : "") + name,
                   [&node, deprecated, warning](const RequestPtr& request) {
                     if (deprecated) AddDeprecation(*request, warning);
                     return GetHotThreads(node, request);
                   });
      }
    }
  }
}

}  // namespace rest::routes
