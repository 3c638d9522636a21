#include <algorithm>

#include "base/text/strings.h"
#include "rest/routes/nodes.h"

namespace rest::routes {

using actions::node_stats::Answer;
using base::Status;
using base::json::Writer;

namespace {

struct Sections {
  bool rest_actions = true, aggregations = true;
};

// Metrics that there are not are passed over, as in OpenSearch.
base::Result<Sections> ReadSections(Request& request) {
  const std::vector<std::string> metrics = ItemsOf(request, "metric");
  const auto names = [&](std::string_view name) {
    return std::ranges::find(metrics, name) != metrics.end();
  };
  if (names("_all") && metrics.size() > 1) {
    return base::IllegalArgument("request [" + request.path() +
                                 "] contains _all and individual metrics [" +
                                 base::Join(metrics, ",") + "]");
  }
  const bool all = !request.Has("metric") || names("_all");
  return Sections{all || names("rest_actions"), all || names("aggregations")};
}

Status GetUsage(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const Sections sections, ReadSections(*request));
  ASSIGN_OR_RETURN(auto question, NodesQuestion(node, *request, request->List("node_id"),
                                                "NodesUsageRequest.timeout"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  question.about = actions::node_stats::About::kUsage;
  question.parts.usage = true;
  Ask(node, std::move(question), [request, sections](const base::Result<Answer>& answer) {
    if (!answer.ok()) return request->Fail(answer.status());
    request->Respond(200, [&](Writer& out) {
      WriteNodesHead(out, *answer);
      out.ObjectField("nodes");
      for (const auto& [id, figures] : answer->figures) {
        out.ObjectField(id);
        out.Field("timestamp", figures.wall_millis);
        out.Field("since", figures.usage.since_millis);
        if (sections.rest_actions) {
          out.ObjectField("rest_actions");
          for (const auto& [name, count] : figures.usage.rest_actions) out.Field(name, count);
          out.EndObject();
        }
        if (sections.aggregations) out.RawField("aggregations", "{}");
        out.EndObject();
      }
      out.EndObject();
      out.EndObject();
    });
  });
  return {};
}

}  // namespace

void AddNodesUsageRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_nodes/usage", "/_nodes/usage/{metric}", "/_nodes/{node_id}/usage",
                              "/_nodes/{node_id}/usage/{metric}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetUsage(node, request); });
  }
}

}  // namespace rest::routes
