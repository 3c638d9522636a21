#include "rest/usage_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text/strings.h"

namespace rest {

namespace {

struct Name {
  std::string_view methods;  // separated by commas; empty: all
  std::string_view route;    // a whole pattern, or its segments that are no parameters
  std::string_view name;
};

// The first that fits counts.
constexpr std::array kNames = std::to_array<Name>({
    {"", "/", "main_action"},
    {"POST", "/_aliases", "indices_aliases_action"},
    {"PUT", "/{index}", "create_index_action"},
    {"DELETE", "/{index}", "delete_index_action"},
    {"", "/{index}", "get_indices_action"},
    {"POST", "/{index}/_doc", "document_create_action_auto_id"},
    {"", "/_tasks/{task_id}", "get_task_action"},
    {"GET,HEAD", "_alias", "get_aliases_action"},
    {"GET,HEAD", "_aliases", "get_aliases_action"},
    {"DELETE", "_alias", "index_delete_aliases_action"},
    {"DELETE", "_aliases", "index_delete_aliases_action"},
    {"", "_alias", "index_put_alias_action"},
    {"", "_aliases", "index_put_alias_action"},
    {"", "_block", "add_index_block_action"},
    {"", "_bulk", "bulk_action"},
    {"", "_cat", "cat_action"},
    {"", "_cat/aliases", "cat_alias_action"},
    {"", "_cat/allocation", "cat_allocation_action"},
    {"", "_cat/cluster_manager", "cat_cluster_manager_action"},
    {"", "_cat/count", "cat_count_action"},
    {"", "_cat/fielddata", "cat_fielddata_action"},
    {"", "_cat/health", "cat_health_action"},
    {"", "_cat/indices", "cat_indices_action"},
    {"", "_cat/master", "cat_cluster_manager_action"},
    {"", "_cat/nodeattrs", "cat_node_attrs_action"},
    {"", "_cat/nodes", "cat_nodes_action"},
    {"", "_cat/pending_tasks", "cat_pending_cluster_tasks_action"},
    {"", "_cat/plugins", "cat_plugins_action"},
    {"", "_cat/shards", "cat_shards_action"},
    {"", "_cat/tasks", "cat_tasks_action"},
    {"", "_cat/templates", "cat_templates_action"},
    {"", "_cat/thread_pool", "cat_threadpool_action"},
    {"", "_close", "close_index_action"},
    {"", "_cluster/allocation/explain", "cluster_allocation_explain_action"},
    {"", "_cluster/health", "cluster_health_action"},
    {"", "_cluster/nodes/hot_threads", "nodes_hot_threads_action"},
    {"", "_cluster/nodes/hotthreads", "nodes_hot_threads_action"},
    {"", "_cluster/pending_tasks", "pending_cluster_tasks_action"},
    {"", "_cluster/reroute", "cluster_reroute_action"},
    {"GET", "_cluster/settings", "cluster_get_settings_action"},
    {"", "_cluster/settings", "cluster_update_settings_action"},
    {"", "_cluster/state", "cluster_state_action"},
    {"", "_cluster/stats", "cluster_stats_action"},
    {"", "_cluster/stats/nodes", "cluster_stats_action"},
    {"GET,HEAD", "_component_template", "get_component_template_action"},
    {"DELETE", "_component_template", "delete_component_template_action"},
    {"", "_component_template", "put_component_template_action"},
    {"", "_count", "count_action"},
    {"", "_create", "document_create_action"},
    {"", "_delete_by_query/_rethrottle", "rethrottle_action"},
    {"GET,HEAD", "_doc", "document_get_action"},
    {"DELETE", "_doc", "document_delete_action"},
    {"", "_doc", "document_index_action"},
    {"", "_flush", "flush_action"},
    {"GET,HEAD", "_index_template", "get_composable_index_template_action"},
    {"DELETE", "_index_template", "delete_composable_index_template_action"},
    {"", "_index_template/_simulate", "simulate_template_action"},
    {"", "_index_template/_simulate_index", "simulate_index_template_action"},
    {"", "_index_template", "put_composable_index_template_action"},
    {"GET", "_mapping", "get_mapping_action"},
    {"GET", "_mappings", "get_mapping_action"},
    {"", "_mapping", "put_mapping_action"},
    {"", "_mapping/field", "get_field_mapping_action"},
    {"", "_mappings", "put_mapping_action"},
    {"", "_mget", "document_mget_action"},
    {"", "_nodes", "nodes_info_action"},
    {"", "_nodes/hot_threads", "nodes_hot_threads_action"},
    {"", "_nodes/hotthreads", "nodes_hot_threads_action"},
    {"", "_nodes/info", "nodes_info_action"},
    {"", "_nodes/stats", "nodes_stats_action"},
    {"", "_nodes/usage", "nodes_usage_action"},
    {"", "_open", "open_index_action"},
    {"", "_refresh", "refresh_action"},
    {"", "_reindex/_rethrottle", "rethrottle_action"},
    {"", "_resolve/index", "resolve_index_action"},
    {"GET", "_setting", "get_settings_action"},
    {"GET", "_settings", "get_settings_action"},
    {"", "_settings", "update_settings_action"},
    {"", "_stats", "indices_stats_action"},
    {"", "_source", "document_get_source_action"},
    {"", "_tasks", "list_tasks_action"},
    {"", "_tasks/_cancel", "cancel_tasks_action"},
    {"", "_tasks/_history", "tasks_history_action"},
    {"", "_tasks/_stream", "tasks_stream_action"},
    {"GET,HEAD", "_template", "get_index_template_action"},
    {"DELETE", "_template", "delete_index_template_action"},
    {"", "_template", "put_index_template_action"},
    {"", "_update", "document_update_action"},
    {"", "_update_by_query/_rethrottle", "rethrottle_action"},
});

// "/{index}/_doc/{id}": "_doc".
std::string LiteralsOf(std::string_view pattern) {
  std::string literals;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(segment.size());
    if (segment.empty() || segment.front() == '{') continue;
    if (!literals.empty()) literals += '/';
    literals += segment;
  }
  return literals;
}

}  // namespace

std::string_view UsageName(std::string_view method, std::string_view pattern) {
  const std::string literals = LiteralsOf(pattern);
  for (const Name& name : kNames) {
    if (name.route != pattern && name.route != literals) continue;
    if (name.methods.empty()) return name.name;
    const auto methods = base::SplitList(name.methods);
    if (std::ranges::find(methods, method) != methods.end()) return name.name;
  }
  return "other_action";
}

}  // namespace rest
