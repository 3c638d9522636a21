// `_mapping/field`: the mappings of single fields.

#include "engine/mapping/field_mappings.h"

#include "actions/shards/mapping_limits.h"
#include "cluster/index/index_blocks.h"
#include "rest/routes/indices.h"

namespace rest::routes {

using base::Result;
using base::Status;
using base::json::Writer;

namespace {

using Fields = std::map<std::string, std::string>;
using FieldsByIndex = std::map<std::string, Fields>;

// The answer of the indices that can be asked: one that is closed, or whose metadata may not be
// read, is left out without a word.
Result<FieldsByIndex> FieldsOf(Request& request, const cluster::ClusterState& state,
                               const std::vector<std::string>& names,
                               const std::vector<std::string>& patterns,
                               engine::WithDefaults defaults) {
  constexpr std::size_t kEnvelope = 64;  // of a field
  FieldsByIndex all;
  std::size_t bytes = 0;
  for (const std::string& name : names) {
    const tasks::TaskContext* const task = request.route_task();
    if (task != nullptr) RETURN_IF_ERROR(task->Checkpoint());
    const cluster::IndexPtr index = state.FindIndex(name);
    if (index == nullptr || !index->open) continue;
    if (!CheckBlocks(*index, cluster::Access::kReadMetadata).ok()) continue;
    Fields& fields = all[name];
    if (index->mappings == "{}") continue;  // no mapping has no metadata fields either
    ASSIGN_OR_RETURN(fields, engine::FieldMappings(task, index->mappings,
                                                   actions::MappingLimitsOf(index->settings),
                                                   patterns, defaults));
    for (const auto& [field, json] : fields) bytes += 2 * field.size() + json.size() + kEnvelope;
    RETURN_IF_ERROR(request.ReserveAnswer(bytes));
  }
  return all;
}

void WriteFields(Writer& out, const FieldsByIndex& indices) {
  out.BeginObject();
  for (const auto& [name, fields] : indices) {
    out.ObjectField(name);
    out.ObjectField("mappings");
    for (const auto& [full_name, json] : fields) {
      out.ObjectField(full_name);
      out.Field("full_name", full_name);
      out.RawField("mapping", json);
      out.EndObject();
    }
    out.EndObject();
    out.EndObject();
  }
  out.EndObject();
}

Status GetFieldMappings(actions::Node& node, const RequestPtr& request) {
  const std::vector<std::string> patterns = request->List("fields");
  ASSIGN_OR_RETURN(const bool with_defaults, request->Bool("include_defaults"));
  cluster::IndexOptions options;
  RETURN_IF_ERROR(ReadIndexOptions(*request, options));
  RETURN_IF_ERROR(request->Bool("local").status());
  request->AlsoKnows({"index"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(const auto names, ResolveIndices(*request, node, options));
  const cluster::StatePtr state = node.cluster.state();
  const auto defaults = with_defaults ? engine::WithDefaults::kYes : engine::WithDefaults::kNo;
  ASSIGN_OR_RETURN(const FieldsByIndex fields,
                   FieldsOf(*request, *state, names, patterns, defaults));
  const int status = fields.empty() && !patterns.empty() ? 404 : 200;
  request->Respond(status, [&](Writer& out) { WriteFields(out, fields); });
  return {};
}

}  // namespace

void AddFieldMappingRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_mapping/field/{fields}", "/{index}/_mapping/field/{fields}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetFieldMappings(node, request); });
  }
}

}  // namespace rest::routes
