// `_index_template/_simulate` and `_index_template/_simulate_index`.

#include "actions/templates/simulate.h"
#include "cluster/settings/index_settings.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/hand_over.h"
#include "rest/routes/templates.h"

namespace rest::routes {

namespace templates = actions::templates;
using base::Status;
using base::json::Writer;
using templates::Simulated;
using templates::SimulateRequest;

namespace {

void WriteSimulated(Writer& out, const Simulated& simulated) {
  out.BeginObject();
  if (simulated.found) {
    out.ObjectField("template");
    out.ObjectField("settings");
    cluster::WriteSettings(out, simulated.settings, /*flat=*/false);
    out.EndObject();
    if (simulated.mappings != "{}") out.RawField("mappings", simulated.mappings);
    out.ObjectField("aliases");
    for (const auto& [name, how] : simulated.aliases) out.RawField(name, how);
    out.EndObject();
    out.EndObject();
    out.ArrayField("overlapping");
    for (const auto& [name, patterns] : simulated.overlapping) {
      out.BeginObject();
      out.Field("name", name);
      out.ArrayField("index_patterns");
      for (const std::string& pattern : patterns) out.String(pattern);
      out.EndArray();
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
}

Status Simulate(actions::Node& node, const RequestPtr& request, bool of_index) {
  SimulateRequest simulate{.name = of_index ? std::string() : request->String("name")};
  if (of_index) simulate.index = request->String("name");
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  const bool with_body = !request->body().empty();
  if (with_body) {
    ASSIGN_OR_RETURN(simulate.create, request->Bool("create"));
    request->AlsoKnows({"cause"});
  }
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (!of_index && simulate.name.empty() && !with_body) {
    return base::ValidationFailed(
        "either index name or index template body must be specified for simulation");
  }
  if (with_body) WarnOfMappings(*request);
  simulate.body = request->TakeBody();
  const auto answer = std::make_shared<Simulated>();
  HandOver(
      node, request,
      [&node, answer, simulate = std::move(simulate)](tasks::TaskContext& task) -> Status {
        ASSIGN_OR_RETURN(*answer, templates::Simulate(task, *node.cluster.state(), simulate));
        return {};
      },
      [request, answer](tasks::RunningTask task) {
        std::move(task).Finish(tasks::End());
        if (!answer->warning.empty()) AddDeprecation(*request, answer->warning);
        request->Respond(200, [&](Writer& out) { WriteSimulated(out, *answer); });
      });
  return {};
}

}  // namespace

void AddSimulateTemplateRoutes(Router& router, actions::Node& node) {
  const Announce index = AnnounceOnIndices(node, "indices:admin/index_template/simulate_index");
  const Announce one = AnnounceOnIndices(node, "indices:admin/index_template/simulate");
  router.Add("POST", "/_index_template/_simulate_index/{name}", index,
             [&node](const RequestPtr& request) { return Simulate(node, request, true); });
  for (const char* path : {"/_index_template/_simulate", "/_index_template/_simulate/{name}"}) {
    router.Add("POST", path, one,
               [&node](const RequestPtr& request) { return Simulate(node, request, false); });
  }
}

}  // namespace rest::routes
