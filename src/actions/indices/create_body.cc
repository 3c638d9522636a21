#include "actions/indices/create_body.h"

#include "actions/aliases/aliases.h"
#include "actions/shards/mapping_limits.h"
#include "actions/templates/compose.h"
#include "base/text/strings.h"
#include "cluster/settings/index_sort.h"
#include "tasks/memory/parsed_json.h"

namespace actions::indices {

namespace {

using base::Result;

struct Body {
  cluster::SettingsUpdate settings;
  std::map<std::string, std::string> aliases;
  std::string mappings;  // empty: it says nothing of them
};

Result<Body> Parse(const tasks::TaskContext& task, std::string_view json) {
  Body body;
  if (base::TrimAscii(json).empty()) return body;
  ASSIGN_OR_RETURN(const auto document, tasks::ParsedJson::Parse(task, json));
  if (!document.root().IsObject())
    return base::ParseError("request body is required to be an object");
  for (const auto& [key, value] : document.root().members()) {
    if (key == "settings") {
      ASSIGN_OR_RETURN(body.settings, cluster::ParseTemplateSettings(task, *value));
    } else if (key == "mappings") {
      if (!value->IsObject()) return base::ParseError("key [mappings] must be an object");
      body.mappings = value->ToString();
    } else if (key == "aliases") {
      if (!value->IsObject()) return base::ParseError("key [aliases] must be an object");
      for (const base::json::Member& alias : value->members()) {
        if (!alias.value->IsObject()) return base::IllegalArgument("No alias is specified");
      }
      ASSIGN_OR_RETURN(body.aliases, aliases::ParseAliases(*value));
    } else {
      return base::ParseError("unknown key [" + std::string(key) + "] for create index");
    }
  }
  return body;
}

}  // namespace

Result<cluster::CreateIndexRequest> MakeCreateRequest(const tasks::TaskContext& task,
                                                      const cluster::ClusterState& state,
                                                      const std::string& name,
                                                      std::string_view body) {
  ASSIGN_OR_RETURN(Body own, Parse(task, body));
  const bool hidden = cluster::BoolSetting(cluster::ValuesOf(own.settings), "index.hidden");
  ASSIGN_OR_RETURN(templates::Composed composed, templates::ComposeFor(task, state, name, hidden));
  cluster::CreateIndexRequest request;
  request.name = name;
  templates::AddSettings(own.settings, composed);
  request.settings = std::move(composed.settings);
  request.aliases = std::move(own.aliases);
  request.aliases.merge(composed.aliases);  // keeps what is there
  if (!own.mappings.empty())
    RETURN_IF_ERROR(templates::AddMappings(task, std::move(own.mappings), composed));
  ASSIGN_OR_RETURN(const auto sort_fields, cluster::SortFieldsOf(request.settings));
  if (composed.mappings.empty() && sort_fields.empty()) return request;
  // By the index's own limits, wherever in the body they stand.
  ASSIGN_OR_RETURN(
      const auto mapping,
      engine::Mapping::ParseLayers(task, composed.mappings, MappingLimitsOf(request.settings)));
  for (const std::string& field : sort_fields) {
    RETURN_IF_ERROR(mapping->CheckSortField(field));
  }
  if (!composed.mappings.empty()) request.mappings = mapping->json();
  return request;
}

}  // namespace actions::indices
