#include "rest/routes/indices.h"

#include "actions/bulk/params.h"
#include "actions/indices/indices.h"
#include "actions/live_settings.h"
#include "cluster/index/date_math_name.h"
#include "cluster/index/index_blocks.h"
#include "cluster/settings/index_settings.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/deprecation.h"
#include "rest/routes/index_warnings.h"
#include "rest/routes/shown_settings.h"

namespace rest::routes {

using base::Result;
using base::Status;
using base::json::Writer;

namespace {

namespace indices = actions::indices;

Status CreateIndex(actions::Node& node, const RequestPtr& request) {
  indices::CreateRequest create{.provided_name = request->String("index")};
  ASSIGN_OR_RETURN(create.name, cluster::ResolveDateMathName(create.provided_name));
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  ASSIGN_OR_RETURN(create.timeout, request->Time("timeout", create.timeout));
  if (const std::string* const copies = request->Find("wait_for_active_shards")) {
    ASSIGN_OR_RETURN(create.active_shards, actions::bulk::ParseActiveShards(*copies));
  }
  RETURN_IF_ERROR(request->CheckUnconsumed());
  WarnOfMappings(*request);
  create.body = request->TakeBody();
  const std::string name = create.name;
  indices::Create(node, request->TakeTask(), std::move(create),
                  [&node, request, name](const Result<indices::Created>& created) {
                    if (!created.ok()) return request->Fail(created.status());
                    WarnOfNewIndex(*request, node, name);
                    request->Respond(200, [&](Writer& out) {
                      out.BeginObject();
                      out.Field("acknowledged", created->acknowledged);
                      out.Field("shards_acknowledged", created->shards_acknowledged);
                      out.Field("index", name);
                      out.EndObject();
                    });
                  });
  return {};
}

Status DeleteIndex(actions::Node& node, const RequestPtr& request) {
  const std::vector<std::string> asked = request->List("index");
  RETURN_IF_ERROR(ReadAdminTimeouts(*request));
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node,
                                                 {.ignore_aliases = true, .expand_closed = true}));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  RETURN_IF_ERROR(CheckDestructive(node, asked));
  indices::Delete(node, OriginOf(request->head()), std::move(names),
                  [request](const auto& done) { RespondAcknowledged(request, done); });
  return {};
}

void WriteIndex(Writer& out, const cluster::IndexMetadata& index, const SettingsView& view) {
  out.Key(index.name);
  out.BeginObject();
  out.Key("aliases");
  out.BeginObject();
  for (const auto& [alias, how] : index.aliases) out.RawField(alias, how);
  out.EndObject();
  out.RawField("mappings", index.mappings);
  WriteSettingsMembers(out, index, view);
  out.EndObject();
}

Status GetIndex(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const auto names, ResolveIndexParam(*request, node));
  ASSIGN_OR_RETURN(SettingsView view, ReadSettingsView(*request));
  view.human = request->format().human;
  RETURN_IF_ERROR(request->Bool("local").status());
  RETURN_IF_ERROR(ReadClusterManagerTimeout(*request));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  const cluster::StatePtr state = node.cluster.state();
  RETURN_IF_ERROR(cluster::CheckBlocks(*state, names, cluster::Access::kReadMetadata));
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    for (const std::string& name : names)
      if (const auto index = state->FindIndex(name)) WriteIndex(out, *index, view);
    out.EndObject();
  });
  return {};
}

// open, closed, hidden, none and all, the later on top of the earlier ones.
Status ReadExpandWildcards(Request& request, cluster::IndexOptions& options) {
  const std::vector<std::string> kinds = request.List("expand_wildcards");
  if (request.Has("expand_wildcards"))
    options.expand_open = options.expand_closed = options.expand_hidden = false;
  for (const std::string& kind : kinds) {
    if (kind == "none") {
      options.expand_open = options.expand_closed = options.expand_hidden = false;
    } else if (kind == "all") {
      options.expand_open = options.expand_closed = options.expand_hidden = true;
    } else if (kind == "open" || kind == "closed" || kind == "hidden") {
      (kind == "open"     ? options.expand_open
       : kind == "closed" ? options.expand_closed
                          : options.expand_hidden) = true;
    } else {
      return base::IllegalArgument("No valid expand wildcard value [" + kind + "]");
    }
  }
  return {};
}

// A boolean of these parameters, refused in words of their own.
Result<bool> IndexOption(Request& request, std::string_view name, bool otherwise) {
  Result<bool> value = request.Bool(name, otherwise);
  if (value.ok()) return value;
  return base::IllegalArgument("Could not convert [" + std::string(name) + "] to boolean")
      .CausedBy(value.status());
}

}  // namespace

Status ReadIndexOptions(Request& request, cluster::IndexOptions& options) {
  RETURN_IF_ERROR(ReadExpandWildcards(request, options));
  ASSIGN_OR_RETURN(options.ignore_unavailable,
                   IndexOption(request, "ignore_unavailable", options.ignore_unavailable));
  ASSIGN_OR_RETURN(options.allow_no_indices,
                   IndexOption(request, "allow_no_indices", options.allow_no_indices));
  // Throttled indices are those of a search; there are none.
  return IndexOption(request, "ignore_throttled", false).status();
}

Result<std::vector<std::string>> ResolveIndexParam(Request& request, const actions::Node& node,
                                                   cluster::IndexOptions options,
                                                   SystemIndices system) {
  RETURN_IF_ERROR(ReadIndexOptions(request, options));
  return ResolveIndices(request, node, options, system);
}

Result<std::vector<std::string>> ResolveIndices(Request& request, const actions::Node& node,
                                                cluster::IndexOptions options,
                                                SystemIndices system) {
  std::vector<std::string> expressions = request.List("index");
  if (expressions.empty()) expressions.emplace_back("_all");
  options.task = request.route_task();
  auto names = cluster::ResolveIndices(*node.cluster.state(), expressions, options);
  if (names.ok() && system == SystemIndices::kWarn) WarnOfSystemIndices(request, *names);
  return names;
}

Status CheckDestructive(const actions::Node& node, const std::vector<std::string>& asked) {
  if (!actions::DestructiveRequiresName(node)) return {};
  for (const std::string& one : asked)
    if (one == "_all" || one.find('*') != std::string::npos)
      return base::IllegalArgument("Wildcard expressions or all indices are not allowed");
  return {};
}

Status ReadAdminTimeouts(Request& request) {
  RETURN_IF_ERROR(request.Time("timeout", base::TimeValue::Seconds(30)).status());
  return ReadClusterManagerTimeout(request);
}

void RespondAcknowledged(const RequestPtr& request, const Result<actions::Acknowledged>& done) {
  if (!done.ok()) return request->Fail(done.status());
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.Field("acknowledged", done->by_all);
    out.EndObject();
  });
}

std::map<std::string, std::string> SettingsOf(const cluster::IndexMetadata& index) {
  std::map<std::string, std::string> all = index.settings;
  all["index.number_of_shards"] = std::to_string(index.number_of_shards);
  all["index.number_of_replicas"] = std::to_string(index.number_of_replicas);
  all.try_emplace("index.provided_name", index.name);
  all["index.creation_date"] = std::to_string(index.creation_millis);
  all["index.uuid"] = index.uuid;
  all["index.version.created"] = "136407927";
  all.try_emplace("index.replication.type", "DOCUMENT");
  return all;
}

void WriteIndexSettings(Writer& out, const cluster::IndexMetadata& index, bool flat) {
  cluster::WriteSettings(out, SettingsOf(index), flat);
}

void AddIndexRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  router.Add("PUT", "/{index}", AnnounceOnIndices(node, actions::names::kCreateIndex),
             bound(CreateIndex));
  router.Add("DELETE", "/{index}", bound(DeleteIndex));
  router.Add("GET,HEAD", "/{index}", bound(GetIndex));
}

}  // namespace rest::routes
