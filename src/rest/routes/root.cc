#include "rest/routes/root.h"

#include "rest/build_info.h"

namespace rest::routes {

namespace {

base::Status Root(const actions::Node& node, const RequestPtr& request) {
  RETURN_IF_ERROR(request->CheckUnconsumed());
  request->set_pretty();
  const cluster::StatePtr state = node.cluster.state();
  request->Respond(200, [&](base::json::Writer& out) {
    out.BeginObject();
    out.Field("name", state->local().name);
    out.Field("cluster_name", state->cluster_name);
    out.Field("cluster_uuid", state->recovered() ? state->cluster_uuid : std::string("_na_"));
    out.ObjectField("version");
    out.Field("distribution", build::kDistribution);
    out.Field("number", build::kVersion);
    out.Field("build_type", build::kType);
    out.Field("build_hash", build::Hash());
    out.Field("build_date", build::Date());
    out.Field("build_snapshot", build::kSnapshot);
    out.Field("lucene_version", build::kLuceneVersion);
    out.Field("minimum_wire_compatibility_version", build::kMinimumWireVersion);
    out.Field("minimum_index_compatibility_version", build::kMinimumIndexVersion);
    out.EndObject();
    out.Field("tagline", "The OpenSearch Project: https://opensearch.org/");
    out.EndObject();
  });
  return {};
}

}  // namespace

void AddRootRoute(Router& router, actions::Node& node) {
  // The server leaves the body of an answer to HEAD out.
  router.Add("GET,HEAD", "/", [&node](const RequestPtr& request) { return Root(node, request); });
}

}  // namespace rest::routes
