#include "rest/routes/not_built.h"

#include <array>
#include <string>

namespace rest::routes {
namespace {

enum class Where : bool { kHere, kWithIndexToo };

struct Endpoint {
  std::string_view methods;
  std::string_view path;
  Where where = Where::kHere;  // kWithIndexToo: below /{index}, too
};

// By name. Whoever builds one takes it out.
constexpr auto kEndpoints = std::to_array<Endpoint>({
    {"GET,POST", "/_analyze", Where::kWithIndexToo},
    {"POST,PUT", "/_bulk/stream", Where::kWithIndexToo},
    {"POST", "/_cache/clear", Where::kWithIndexToo},
    {"GET", "/_cat/pit_segments"},
    {"GET", "/_cat/pit_segments/_all"},
    {"GET", "/_cat/recovery"},
    {"GET", "/_cat/recovery/{index}"},
    {"GET", "/_cat/repositories"},
    {"GET", "/_cat/segment_replication"},
    {"GET", "/_cat/segment_replication/{index}"},
    {"GET", "/_cat/segments"},
    {"GET", "/_cat/segments/{index}"},
    {"GET", "/_cat/snapshots"},
    {"GET", "/_cat/snapshots/{repository}"},
    {"POST,PUT", "/{index}/_clone/{target}"},
    {"DELETE", "/_cluster/decommission/awareness"},
    {"GET", "/_cluster/decommission/awareness/{awareness_attribute_name}/_status"},
    {"PUT",
     "/_cluster/decommission/awareness/{awareness_attribute_name}/{awareness_attribute_value}"},
    {"DELETE", "/_cluster/routing/awareness/weights"},
    {"DELETE,GET,PUT", "/_cluster/routing/awareness/{attribute}/weights"},
    {"GET", "/_cluster/stats/{metric}/nodes/{node_id}"},
    {"GET", "/_cluster/stats/{metric}/{index_metric}/nodes/{node_id}"},
    {"DELETE,POST", "/_cluster/voting_config_exclusions"},
    {"POST", "/_cluster/voting_config_exclusions/{node_name}"},
    {"GET", "/_dangling"},
    {"DELETE,POST", "/_dangling/{index_uuid}"},
    {"GET", "/_data_stream"},
    {"GET", "/_data_stream/_stats"},
    {"DELETE,GET,PUT", "/_data_stream/{name}"},
    {"GET", "/_data_stream/{name}/_stats"},
    {"POST", "/{index}/_delete_by_query"},
    {"GET,POST", "/{index}/_explain/{id}"},
    {"GET,POST", "/_field_caps", Where::kWithIndexToo},
    {"GET,POST", "/_flush/synced", Where::kWithIndexToo},
    {"POST", "/_forcemerge", Where::kWithIndexToo},
    {"GET", "/_ingest/pipeline"},
    {"GET,POST", "/_ingest/pipeline/_simulate"},
    {"DELETE,GET,PUT", "/_ingest/pipeline/{id}"},
    {"GET,POST", "/_ingest/pipeline/{id}/_simulate"},
    {"GET", "/_ingest/processor/grok"},
    {"GET", "/_list"},
    {"GET", "/_list/indices"},
    {"GET", "/_list/indices/{index}"},
    {"GET", "/_list/shards"},
    {"GET", "/_list/shards/{index}"},
    {"GET,POST", "/_msearch", Where::kWithIndexToo},
    {"GET,POST", "/_msearch/template", Where::kWithIndexToo},
    {"GET,POST", "/_mtermvectors", Where::kWithIndexToo},
    {"POST", "/_nodes/reload_secure_settings"},
    {"POST", "/_nodes/{node_id}/reload_secure_settings"},
    {"GET,POST", "/_rank_eval", Where::kWithIndexToo},
    {"GET", "/_recovery", Where::kWithIndexToo},
    {"POST", "/_reindex"},
    {"GET", "/_remote/info"},
    {"POST", "/_remotestore/_restore"},
    {"GET", "/_remotestore/stats/{index}"},
    {"GET", "/_remotestore/stats/{index}/{shard_id}"},
    {"GET,POST", "/_render/template"},
    {"GET,POST", "/_render/template/{id}"},
    {"POST", "/{index}/_rollover"},
    {"POST", "/{index}/_rollover/{new_index}"},
    {"GET", "/_script_context"},
    {"GET", "/_script_language"},
    {"GET,POST", "/_scripts/painless/_execute"},
    {"DELETE,GET,POST,PUT", "/_scripts/{id}"},
    {"POST,PUT", "/_scripts/{id}/{context}"},
    {"GET,POST", "/_search", Where::kWithIndexToo},
    {"GET", "/_search/pipeline"},
    {"DELETE,GET,PUT", "/_search/pipeline/{id}"},
    {"DELETE", "/_search/point_in_time"},
    {"POST", "/{index}/_search/point_in_time"},
    {"DELETE,GET", "/_search/point_in_time/_all"},
    {"DELETE,GET,POST", "/_search/scroll"},
    {"DELETE,GET,POST", "/_search/scroll/{scroll_id}"},
    {"GET,POST", "/_search/template", Where::kWithIndexToo},
    {"GET,POST", "/_search_shards", Where::kWithIndexToo},
    {"GET", "/_segments", Where::kWithIndexToo},
    {"GET", "/_shard_stores", Where::kWithIndexToo},
    {"POST,PUT", "/{index}/_shrink/{target}"},
    {"GET", "/_snapshot"},
    {"GET", "/_snapshot/_status"},
    {"DELETE,GET,POST,PUT", "/_snapshot/{repository}"},
    {"POST", "/_snapshot/{repository}/_cleanup"},
    {"GET", "/_snapshot/{repository}/_status"},
    {"POST", "/_snapshot/{repository}/_verify"},
    {"DELETE,GET,POST,PUT", "/_snapshot/{repository}/{snapshot}"},
    {"PUT", "/_snapshot/{repository}/{snapshot}/_clone/{target_snapshot}"},
    {"POST", "/_snapshot/{repository}/{snapshot}/_restore"},
    {"GET", "/_snapshot/{repository}/{snapshot}/_status"},
    {"GET", "/_snapshot/{repository}/{snapshot}/{index}/_status"},
    {"POST,PUT", "/{index}/_split/{target}"},
    {"GET,POST", "/{index}/_termvectors"},
    {"GET,POST", "/{index}/_termvectors/{id}"},
    {"POST", "/{index}/_update_by_query"},
    {"GET,POST", "/_upgrade", Where::kWithIndexToo},
    {"GET,POST", "/_validate/query", Where::kWithIndexToo},
});

void Add(Router& router, std::string_view methods, const std::string& path) {
  router.Add(methods, path, [path](const RequestPtr& request) -> base::Status {
    return {501, "unsupported_operation_exception",
            "[" + std::string(request->method()) + " " + path +
                "] is not supported by this version of Quell"};
  });
}

}  // namespace

void AddNotBuiltRoutes(Router& router) {
  for (const Endpoint& endpoint : kEndpoints) {
    const std::string path(endpoint.path);
    Add(router, endpoint.methods, path);
    if (endpoint.where == Where::kWithIndexToo) Add(router, endpoint.methods, "/{index}" + path);
  }
}

}  // namespace rest::routes
