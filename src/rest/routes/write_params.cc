#include "rest/routes/write_params.h"

namespace rest::routes {

namespace bulk = actions::bulk;

base::Result<bulk::WriteParams> ReadWriteParams(Request& request) {
  bulk::WriteParams params;
  ASSIGN_OR_RETURN(params.timeout, request.Time("timeout", params.timeout));
  const std::string* const refresh = request.Find("refresh");
  ASSIGN_OR_RETURN(
      params.refresh,
      bulk::ParseRefresh(refresh ? std::optional<std::string_view>(*refresh) : std::nullopt));
  if (const std::string* const copies = request.Find("wait_for_active_shards")) {
    ASSIGN_OR_RETURN(params.active_shards, bulk::ParseActiveShards(*copies));
  }
  return params;
}

std::optional<bulk::SourceFilter> ReadSourceParams(Request& request) {
  request.AlsoKnows({"_source", "_source_includes", "_source_excludes"});
  if (!request.Has("_source") && !request.Has("_source_includes") &&
      !request.Has("_source_excludes"))
    return std::nullopt;
  bulk::SourceFilter filter;
  const std::string source = request.String("_source");
  if (source == "false") {
    filter.fetch = false;
  } else if (!source.empty() && source != "true") {
    filter.includes = request.List("_source");
  }
  if (request.Has("_source_includes")) filter.includes = request.List("_source_includes");
  if (request.Has("_source_excludes")) filter.excludes = request.List("_source_excludes");
  return filter;
}

}  // namespace rest::routes
