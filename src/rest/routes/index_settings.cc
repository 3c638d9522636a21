// _mapping and _settings.

#include "cluster/settings/index_settings.h"

#include <algorithm>

#include "actions/bulk/targets.h"
#include "actions/indices/indices.h"
#include "cluster/index/index_blocks.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/index_warnings.h"
#include "rest/routes/indices.h"
#include "rest/routes/shown_settings.h"

namespace rest::routes {

namespace {

namespace indices = actions::indices;
using base::Result;
using base::Status;
using base::json::Writer;

Status GetMapping(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const auto names, ResolveIndexParam(*request, node));
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  RETURN_IF_ERROR(cluster::CheckBlocks(*state, names, cluster::Access::kReadMetadata));
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    for (const std::string& name : names) {
      const auto index = state->FindIndex(name);
      if (index == nullptr) continue;
      out.Key(name);
      out.BeginObject();
      out.RawField("mappings", index->mappings);
      out.EndObject();
    }
    out.EndObject();
  });
  return {};
}

// The one index of each expression that writes go to: of an alias its write index.
Result<std::vector<std::string>> WriteIndices(Request& request,
                                              const cluster::ClusterState& state) {
  cluster::IndexOptions options{.allow_no_indices = false, .task = request.route_task()};
  ASSIGN_OR_RETURN(options.ignore_unavailable, request.Bool("ignore_unavailable", false));
  std::vector<std::string> names;
  for (const std::string& expression : request.List("index")) {
    ASSIGN_OR_RETURN(auto found, cluster::ResolveIndices(state, {expression}, options));
    if (actions::bulk::IsAlias(state, expression)) {
      const auto target = actions::bulk::ResolveTarget(state, expression);
      RETURN_IF_ERROR(target.failure);
      found = {target.index->name};
    }
    if (found.size() != 1) {
      return base::IllegalArgument("The index expression [" + expression +
                                   "] and options provided did not point to a single write-index");
    }
    if (std::ranges::count(names, found.front()) == 0) names.push_back(std::move(found.front()));
  }
  return names;
}

Status PutMapping(actions::Node& node, const RequestPtr& request) {
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  ASSIGN_OR_RETURN(const bool write_index_only, request->Bool("write_index_only", false));
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node, {.expand_closed = true}));
  if (write_index_only) {
    ASSIGN_OR_RETURN(names, WriteIndices(*request, *node.cluster.state()));
  }
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (request->body().empty()) return base::ValidationFailed("mapping source is missing");
  WarnOfMappings(*request);
  indices::PutMapping(node, request->TakeTask(), std::move(names), request->TakeBody(),
                      [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

Status GetSettings(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const auto names, ResolveIndexParam(*request, node));
  ASSIGN_OR_RETURN(SettingsView view, ReadSettingsView(*request));
  view.human = request->Has("human");  // whatever it is, as in OpenSearch
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  RETURN_IF_ERROR(cluster::CheckBlocks(*state, names, cluster::Access::kReadMetadata));
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    for (const std::string& name : names) {
      const auto index = state->FindIndex(name);
      if (index == nullptr || !HasSettingsMembers(*index, view)) continue;
      out.ObjectField(name);
      WriteSettingsMembers(out, *index, view);
      out.EndObject();
    }
    out.EndObject();
  });
  return {};
}

Status PutSettings(actions::Node& node, const RequestPtr& request) {
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  ASSIGN_OR_RETURN(const bool preserve, request->Bool("preserve_existing", false));
  ASSIGN_OR_RETURN(
      auto names,
      ResolveIndexParam(*request, node, {.allow_no_indices = false, .expand_closed = true}));
  request->AlsoKnows({"flat_settings"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (request->body().empty()) return base::ParseError("request body is required");
  std::vector<std::string> retaining;  // that may be
  if (NamesTranslogRetention(*request)) retaining = names;
  indices::PutSettings(node, request->TakeTask(), std::move(names), request->TakeBody(), preserve,
                       [&node, request, retaining](const Result<actions::Acknowledged>& done) {
                         if (done.ok()) WarnOfTranslogRetention(*request, node, retaining);
                         RespondAcknowledged(request, done);
                       });
  return {};
}

}  // namespace

void AddIndexSettingsRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  const Announce mapping_change = AnnounceOnIndices(node, actions::names::kPutMapping);
  const Announce settings_change = AnnounceOnIndices(node, actions::names::kUpdateSettings);
  for (const char* prefix : {"", "/{index}"}) {
    const std::string at = prefix;
    for (const char* mapping : {"/_mapping", "/_mappings"}) {
      router.Add("GET", at + mapping, bound(GetMapping));
      if (!at.empty()) router.Add("PUT,POST", at + mapping, mapping_change, bound(PutMapping));
    }
    router.Add("GET", at + "/_settings", bound(GetSettings));
    router.Add("GET", at + "/_settings/{name}", bound(GetSettings));
    if (!at.empty()) router.Add("GET", at + "/_setting/{name}", bound(GetSettings));
    router.Add("PUT", at + "/_settings", settings_change, bound(PutSettings));
  }
}

}  // namespace rest::routes
