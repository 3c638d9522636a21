"""Lists every operation that has a handler here, with the parameters that OpenSearch documents for it.

An operation is `METHOD /path | groups and names of parameters`; `{index}` and the like are filled in by
compare.py. A parameter's values are those of its name, here or in VALUES."""

TIME = ["10s", "0", "-1", "5", "soon"]
BOOL = ["true", "false", "", "maybe"]
INT = ["1", "0", "-1", "few", "2147483648"]
TEXT = ["x", ""]

VALUES = {
    **dict.fromkeys(
        "human ignore_unavailable allow_no_indices ignore_throttled flat_settings "
        "include_defaults local detailed wait_for_completion realtime require_alias write_index_only "
        "preserve_existing create force wait_if_ongoing wait_for_no_relocating_shards "
        "wait_for_no_initializing_shards ensure_node_commissioned v help ts full_id dry_run explain "
        "retry_failed include_yes_decisions include_disk_info include_unloaded_segments "
        "include_segment_file_sizes forbid_closed_indices analyze_wildcard lenient cancel_on_disconnect".split(), BOOL),
    **dict.fromkeys("timeout cluster_manager_timeout master_timeout wait_for_timeout".split(), TIME),
    **dict.fromkeys("version if_seq_no if_primary_term retry_on_conflict batch_size min_score "
                    "terminate_after requests_per_second".split(), INT),
    # OpenSearch does not answer at all where one of these two is no boolean.
    "pretty": BOOL[:3], "error_trace": BOOL[:3],
    "format": ["json", "yaml", "cbor", "smile", "xml"],
    "wait_for_metadata_version": ["1", "0", "few"],
    "filter_path": ["*", "none", "**.type", "-error"],
    "expand_wildcards": ["open", "closed", "hidden", "none", "all", "open,hidden", "some", ""],
    "wait_for_active_shards": ["1", "all", "0", "-1", "many", "9999999999"],
    "level": ["cluster", "indices", "shards", "awareness_attributes", "node", "rack"],
    "wait_for_status": ["green", "yellow", "red", "blue"],
    "wait_for_nodes": ["1", ">=1", "ge(1)", "le(5)", "many"],
    "wait_for_events": ["languid", "soon"],
    "refresh": ["true", "false", "wait_for", "", "maybe"],
    "version_type": ["internal", "external", "external_gte", "force", "own"],
    "op_type": ["index", "create", "delete"],
    "_source": ["true", "false", "a", "*", ""],
    "stored_fields": ["a", "_none_"],
    "group_by": ["nodes", "parents", "none", "age"],
    "nodes": ["_all", "nobody", "_local", ""],
    "node_id": ["_all", "nobody", "_local"],
    "actions": ["*bulk*", "nothing"],
    "parent_task_id": ["nobody:1", "-1", "x"],
    "health": ["green", "blue"],
    "bytes": ["b", "kb", "ell"],
    "time": ["ms", "s", "ages"],
    "h": ["*", "nothing", "i"],
    "s": ["nothing", ""],
    "op": TEXT,
    "metric": ["none", "version", "_all", "bogus"],
    "default_operator": ["AND", "or", "xor"],
    "q": ["a:x", "*"],
    "types": TEXT, "type": TEXT, "cause": TEXT, "order": INT,
    "preference": ["_local", "x"], "routing": TEXT, "pipeline": ["_none", "absent"],
    "groups": ["_all"], "fields": ["*"], "fielddata_fields": ["*"], "completion_fields": ["*"],
    "awareness_attribute": ["zone"], "size": ["1"], "pri": ["true"], "df": ["a"], "analyzer": ["standard"],
    "lang": ["painless"], "_source_includes": ["a"], "_source_excludes": ["a"],
    "interval": ["10ms", "soon"], "snapshots": INT[:4], "threads": INT[:4], "ignore_idle_threads": BOOL,
    "doc_type": ["cpu", "wait", "block", "gpu"],
    "unheard_of": ["1"],
}

COMMON = "pretty human error_trace filter_path format unheard_of"
GROUPS = {
    "INDICES": "ignore_unavailable allow_no_indices ignore_throttled expand_wildcards",
    "MANAGER": "cluster_manager_timeout master_timeout",
    "ADMIN": "timeout cluster_manager_timeout master_timeout",
    "CAT": "v help h s ts bytes time size pri",
    "SOURCE": "_source _source_includes _source_excludes",
    "WRITE": "timeout refresh wait_for_active_shards routing require_alias pipeline version version_type "
             "if_seq_no if_primary_term",
    "COUNT": "preference routing min_score terminate_after q df analyzer default_operator analyze_wildcard "
             "lenient",
    "TASKS": "nodes actions parent_task_id detailed wait_for_completion group_by timeout",
    "NODES": "timeout",
}

OPERATIONS = """
GET / |
HEAD / |
GET /_tasks | TASKS
GET /_tasks/{task_id} | wait_for_completion timeout
POST /_tasks/_cancel | TASKS
POST /_tasks/{task_id}/_cancel | TASKS
POST /_reindex/{task_id}/_rethrottle?requests_per_second=1 | requests_per_second group_by nodes actions
POST /_update_by_query/{task_id}/_rethrottle?requests_per_second=1 | requests_per_second group_by nodes actions
POST /_delete_by_query/{task_id}/_rethrottle?requests_per_second=1 | requests_per_second group_by nodes actions
POST /_aliases | ADMIN INDICES
GET /_aliases | local INDICES MANAGER
HEAD /_aliases | local INDICES
PUT /_alias | ADMIN
GET /_alias | local INDICES MANAGER
HEAD /_alias | local INDICES
GET /{index}/_alias | local INDICES MANAGER
HEAD /{index}/_alias | local INDICES
PUT /{index}/_alias | ADMIN
PUT /{index}/_aliases | ADMIN
PUT /{index}/_alias/{alias} | ADMIN INDICES
POST /{index}/_alias/{alias} | ADMIN INDICES
PUT /{index}/_aliases/{alias} | ADMIN
PUT /_alias/{alias} | ADMIN
GET /_alias/{alias} | local INDICES MANAGER
HEAD /_alias/{alias} | local INDICES
GET /{index}/_alias/{alias} | local INDICES MANAGER
HEAD /{index}/_alias/{alias} | local INDICES
DELETE /{index}/_alias/{alias} | ADMIN INDICES
DELETE /{index}/_aliases/{alias} | ADMIN
POST /{index}/_close | ADMIN INDICES wait_for_active_shards
POST /{index}/_open | ADMIN INDICES wait_for_active_shards
PUT /{index}/_block/{block} | ADMIN INDICES
POST /_bulk | WRITE SOURCE batch_size
PUT /{index}/_bulk | WRITE SOURCE type
GET /_cat |
GET /_cat/health | CAT local MANAGER
GET /_cat/indices | CAT local ADMIN INDICES health include_unloaded_segments
GET /_cat/indices/{index} | CAT local ADMIN INDICES health include_unloaded_segments
GET /_cat/count | CAT local INDICES
GET /_cat/count/{index} | CAT local INDICES
GET /_cat/nodes | CAT local MANAGER full_id timeout
GET /_cat/master | CAT local MANAGER
GET /_cat/cluster_manager | CAT local MANAGER
GET /_cat/shards | CAT local MANAGER INDICES
GET /_cat/shards/{index} | CAT local MANAGER INDICES
GET /_cat/allocation | CAT local MANAGER
GET /_cat/allocation/{node_id} | CAT local MANAGER
GET /_cat/thread_pool | CAT local MANAGER timeout
GET /_cat/thread_pool/write,g* | CAT local MANAGER timeout
GET /_cat/plugins | CAT local MANAGER timeout
GET /_cat/fielddata | CAT timeout fields
GET /_cat/fielddata/a,b | CAT timeout
GET /_cat/nodeattrs | CAT local MANAGER
GET /_cat/aliases | CAT local INDICES MANAGER
GET /_cat/aliases/{alias} | CAT local INDICES MANAGER
GET /_cat/templates | CAT local MANAGER
GET /_cat/templates/{template} | CAT local MANAGER
GET /_cat/pending_tasks | CAT local MANAGER
GET /_cat/tasks | CAT nodes node_id actions detailed parent_task_id timeout
GET /_cluster/health | ADMIN local level wait_for_status wait_for_nodes wait_for_events wait_for_active_shards wait_for_no_relocating_shards wait_for_no_initializing_shards awareness_attribute ensure_node_commissioned INDICES
GET /_cluster/health/{index} | ADMIN local level wait_for_status wait_for_active_shards INDICES
GET /_cluster/settings | ADMIN local flat_settings include_defaults
PUT /_cluster/settings | ADMIN flat_settings
GET /_cluster/pending_tasks | local MANAGER timeout
GET /_cluster/state | local MANAGER timeout flat_settings INDICES wait_for_metadata_version wait_for_timeout
GET /_cluster/state/metadata/{index} | local MANAGER flat_settings INDICES wait_for_metadata_version wait_for_timeout
GET /_cluster/stats | NODES flat_settings
GET /_cluster/stats/nodes/{node_id} | NODES flat_settings
POST /_cluster/reroute | ADMIN dry_run explain retry_failed metric
GET /_cluster/allocation/explain | include_yes_decisions include_disk_info MANAGER timeout
GET /{index}/_doc/{id} | SOURCE realtime refresh routing preference stored_fields version version_type
HEAD /{index}/_doc/{id} | SOURCE realtime refresh routing preference stored_fields version version_type
GET /{index}/_source/{id} | SOURCE realtime refresh routing preference version version_type
POST /_mget | SOURCE realtime refresh routing preference stored_fields
POST /{index}/_mget | SOURCE realtime refresh routing preference stored_fields
PUT /{index}/_doc/{id} | WRITE op_type
POST /{index}/_doc | WRITE op_type
PUT /{index}/_create/{id} | WRITE
DELETE /{index}/_doc/{id} | WRITE
POST /{index}/_update/{id} | WRITE SOURCE retry_on_conflict lang
PUT /{new} | ADMIN wait_for_active_shards INDICES
DELETE /{index} | ADMIN INDICES
GET /{index} | MANAGER local flat_settings include_defaults INDICES timeout
HEAD /{index} | MANAGER local flat_settings include_defaults INDICES
GET /_mapping | MANAGER local INDICES timeout
GET /_mappings | MANAGER local INDICES
GET /{index}/_mapping | MANAGER local INDICES
GET /{index}/_mappings | MANAGER local INDICES
GET /_mapping/field/a | local INDICES include_defaults
GET /{index}/_mapping/field/a,b* | local INDICES include_defaults
PUT /{index}/_mapping | ADMIN INDICES write_index_only
POST /{index}/_mappings | ADMIN INDICES write_index_only
GET /_settings | MANAGER local INDICES flat_settings include_defaults timeout
GET /{index}/_settings | MANAGER local INDICES flat_settings include_defaults
GET /{index}/_settings/{setting} | MANAGER local INDICES flat_settings include_defaults
GET /{index}/_setting/{setting} | MANAGER local INDICES flat_settings include_defaults
GET /_settings/{setting} | MANAGER local INDICES flat_settings include_defaults
PUT /_settings | ADMIN INDICES flat_settings preserve_existing
PUT /{index}/_settings | ADMIN INDICES flat_settings preserve_existing
POST /_refresh | INDICES
POST /{index}/_refresh | INDICES
POST /_flush | INDICES force wait_if_ongoing
POST /{index}/_flush | INDICES force wait_if_ongoing
POST /_count | INDICES COUNT
GET /{index}/_count | INDICES COUNT
GET /_index_template | MANAGER local flat_settings timeout
GET /_index_template/{template} | MANAGER local flat_settings timeout
HEAD /_index_template/{template} | MANAGER local flat_settings
PUT /_index_template/{template} | ADMIN create cause
POST /_index_template/{template} | ADMIN create cause
DELETE /_index_template/{template} | ADMIN
GET /_component_template | MANAGER local flat_settings timeout
GET /_component_template/{component} | MANAGER local flat_settings timeout
HEAD /_component_template/{component} | MANAGER local flat_settings
PUT /_component_template/{component} | ADMIN create cause
DELETE /_component_template/{component} | ADMIN
GET /_template | MANAGER local flat_settings timeout
GET /_template/{legacy} | MANAGER local flat_settings timeout
HEAD /_template/{legacy} | MANAGER local flat_settings
PUT /_template/{legacy} | ADMIN create cause order
DELETE /_template/{legacy} | ADMIN
GET /_nodes | NODES flat_settings
GET /_nodes/{node_id} | NODES flat_settings
GET /_nodes/{node_id}/http | NODES flat_settings
GET /_nodes/{node_id}/info/http | NODES flat_settings
GET /_nodes/usage | NODES
GET /_nodes/usage/rest_actions | NODES
GET /_nodes/{node_id}/usage/_all | NODES
GET /_nodes/hot_threads | NODES interval snapshots threads ignore_idle_threads doc_type
GET /_nodes/hotthreads | NODES
GET /_cluster/nodes/hot_threads | NODES
GET /_cluster/nodes/{node_id}/hotthreads | NODES
GET /_nodes/{node_id}/hot_threads | NODES interval snapshots threads ignore_idle_threads doc_type
GET /_resolve/index/{index},x* | INDICES
POST /_index_template/_simulate_index/{index} | MANAGER create cause
POST /_index_template/_simulate/{index} | MANAGER create cause
GET /_stats | INDICES level timeout forbid_closed_indices groups fields fielddata_fields completion_fields include_segment_file_sizes include_unloaded_segments
GET /_stats/docs,store | level groups fields
GET /{index}/_stats | INDICES level timeout forbid_closed_indices groups fields fielddata_fields completion_fields include_segment_file_sizes include_unloaded_segments
GET /{index}/_stats/segments,fielddata | level groups fields include_segment_file_sizes
GET /_nodes/stats | NODES level types groups fields fielddata_fields completion_fields include_segment_file_sizes
GET /_nodes/stats/http | NODES level types groups
GET /_nodes/stats/indices/docs | NODES level types groups
GET /_nodes/{node_id}/stats | NODES level types groups
GET /_nodes/{node_id}/stats/http | NODES level types groups
GET /_nodes/{node_id}/stats/indices/docs | NODES level types groups
"""

# What has no counterpart in OpenSearch.
OURS_ALONE = ["/_tasks/_history", "/_tasks/_stream"]

BODIES = {
    "POST /_aliases": '{"actions":[{"add":{"index":"cmp","alias":"cmp-more"}}]}',
    "PUT /_alias": '{"index":"cmp","alias":"cmp-more"}',
    "PUT /{index}/_alias": '{"alias":"cmp-more"}',
    "PUT /_alias/{alias}": '{"index":"cmp"}',
    "POST /_bulk": '{"index":{"_index":"cmp","_id":"2"}}\n{"a":"y"}\n',
    "PUT /{index}/_bulk": '{"index":{"_id":"2"}}\n{"a":"y"}\n{"delete":{"_id":"9"}}\n',
    "PUT /_cluster/settings": '{"persistent":{"cluster.max_shards_per_node":"900"}}',
    "GET /_cluster/allocation/explain": '{"index":"cmp","shard":0,"primary":true}',
    "POST /_mget": '{"docs":[{"_index":"cmp","_id":"1"},{"_index":"absent","_id":"1"}]}',
    "POST /{index}/_mget": '{"ids":["1","0"]}',
    "PUT /{index}/_doc/{id}": '{"a":"z"}',
    "POST /{index}/_doc": '{"a":"z"}',
    "PUT /{index}/_create/{id}": '{"a":"z"}',
    "POST /{index}/_update/{id}": '{"doc":{"a":"z"}}',
    "PUT /{new}": '{"settings":{"number_of_replicas":0}}',
    "PUT /{index}/_mapping": '{"properties":{"b":{"type":"keyword"}}}',
    "POST /{index}/_mappings": '{"properties":{"b":{"type":"keyword"}}}',
    "PUT /_settings": '{"refresh_interval":"2s"}',
    "PUT /{index}/_settings": '{"refresh_interval":"2s"}',
    "PUT /_index_template/{template}":
        '{"index_patterns":["cmp-t*"],"template":{"settings":{"number_of_shards":1}}}',
    "POST /_index_template/{template}": '{"index_patterns":["cmp-t*"]}',
    "PUT /_component_template/{component}": '{"template":{"settings":{"number_of_shards":1}}}',
    "PUT /_template/{legacy}": '{"index_patterns":["cmp-l*"],"settings":{"number_of_shards":1}}',
}


def operations():
    """Yields (method, path, parameter names)."""
    for line in OPERATIONS.strip().splitlines():
        call, _, wanted = line.partition("|")
        method, path = call.split()
        names = []
        for word in [*wanted.split(), *COMMON.split()]:
            names += GROUPS[word].split() if word in GROUPS else [word]
        yield method, path, list(dict.fromkeys(names))
