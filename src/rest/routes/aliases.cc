#include "rest/routes/aliases.h"

#include <algorithm>
#include <set>

#include "actions/aliases/aliases.h"
#include "base/text/strings.h"
#include "cluster/index/alias_expression.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/indices.h"

namespace rest::routes {

namespace aliases = actions::aliases;
using base::Status;
using base::json::Writer;
using cluster::AliasChange;

namespace {

Status PostAliases(actions::Node& node, const RequestPtr& request) {
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  aliases::Change(node, request->TakeTask(), request->TakeBody(),
                  [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

Status PutAlias(actions::Node& node, const RequestPtr& request) {
  AliasChange change{.indices = request->List("index")};
  if (request->Has("name")) change.aliases = {request->String("name")};
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  aliases::Put(node, request->TakeTask(), std::move(change), request->TakeBody(),
               [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

Status DeleteAlias(actions::Node& node, const RequestPtr& request) {
  AliasChange change{.kind = AliasChange::Kind::kRemove,
                     .indices = request->List("index"),
                     .aliases = request->List("name")};
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  aliases::Remove(node, OriginOf(request->head()), std::move(change),
                  [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

void WriteFound(Writer& out, const cluster::ClusterState& state,
                const std::vector<std::string>& indices, const std::set<std::string>& shown,
                bool all) {
  for (const std::string& name : indices) {
    const cluster::IndexPtr index = state.FindIndex(name);
    if (index == nullptr) continue;
    const bool any = std::ranges::any_of(
        index->aliases, [&](const auto& alias) { return shown.contains(alias.first); });
    if (!any && !all) continue;
    out.ObjectField(name);
    out.ObjectField("aliases");
    for (const auto& [alias, how] : index->aliases) {
      if (shown.contains(alias)) out.RawField(alias, how);
    }
    out.EndObject();
    out.EndObject();
  }
}

// Aliases that are missing make it a 404 that shows those which are there nevertheless.
Status GetAlias(actions::Node& node, const RequestPtr& request) {
  const std::vector<std::string> names = request->List("name");
  const cluster::AliasExpression wanted(names);
  RETURN_IF_ERROR(request->Bool("local").status());
  cluster::IndexOptions options{.expand_closed = true, .expand_hidden = true};
  ASSIGN_OR_RETURN(const auto indices,
                   ResolveIndexParam(*request, node, options, SystemIndices::kSilent));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  std::set<std::string> found;  // each alias once: many indices may have it in common
  for (const std::string& name : indices) {
    const cluster::IndexPtr index = state->FindIndex(name);
    if (index == nullptr) continue;
    for (const auto& entry : index->aliases) found.insert(entry.first);
  }
  std::set<std::string> shown;
  for (const std::string& alias : found) {
    if (request->route_task() != nullptr) RETURN_IF_ERROR(request->route_task()->Checkpoint());
    if (wanted.Matches(alias)) shown.insert(alias);
  }
  const std::vector<std::string> missing = wanted.Missing(shown);
  request->Respond(missing.empty() ? 200 : 404, [&](Writer& out) {
    out.BeginObject();
    if (!missing.empty()) {
      out.Field("error", (missing.size() == 1 ? "alias [" : "aliases [") +
                             base::Join(missing, ",") + "] missing");
      out.Field("status", 404);
    }
    WriteFound(out, *state, indices, shown, names.empty());
    out.EndObject();
  });
  return {};
}

}  // namespace

void AddAliasRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  const Announce change = AnnounceOnIndices(node, aliases::kChange);
  router.Add("POST", "/_aliases", change, bound(PostAliases));
  router.Add("GET", "/_aliases", bound(GetAlias));
  router.Add("PUT", "/_alias", change, bound(PutAlias));
  router.Add("GET", "/_alias", bound(GetAlias));
  router.Add("GET,HEAD", "/{index}/_alias", bound(GetAlias));
  router.Add("PUT", "/{index}/_alias", change, bound(PutAlias));
  router.Add("PUT", "/{index}/_aliases", change, bound(PutAlias));
  for (const char* pattern : {"/_alias/{name}", "/_aliases/{name}"}) {
    router.Add("PUT,POST", pattern, change, bound(PutAlias));
  }
  router.Add("GET,HEAD", "/_alias/{name}", bound(GetAlias));
  for (const char* pattern : {"/{index}/_alias/{name}", "/{index}/_aliases/{name}"}) {
    router.Add("PUT,POST", pattern, change, bound(PutAlias));
    router.Add("DELETE", pattern, bound(DeleteAlias));
  }
  router.Add("GET,HEAD", "/{index}/_alias/{name}", bound(GetAlias));
}

}  // namespace rest::routes
