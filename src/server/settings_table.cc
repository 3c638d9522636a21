// Every setting a node has, by name.

#include "server/settings.h"

namespace server {

namespace {

const std::vector<SettingInfo> kKnown = {
    {"action.auto_create_index", "true", "a write to a missing index creates it"},
    {"action.destructive_requires_name", "false", "refuse wildcards when deleting indices"},
    {"cluster.members.dead_after", "15s", "a node that has not beaten for so long is taken out"},
    {"cluster.name", "quell", "name of the cluster"},
    {"cluster.nats.ca", "", "certificate authority of nats-server, PEM; with it, TLS"},
    {"cluster.nats.certificate", "", "this node's certificate for nats-server, PEM"},
    {"cluster.nats.credentials", "", "credentials file for nats-server"},
    {"cluster.nats.key", "", "key of that certificate, PEM"},
    {"cluster.nats.replicas", "1", "copies of the cluster's metadata among nats-servers"},
    {"cluster.nats.timeout", "2s", "how long one request to nats-server may take"},
    {"cluster.nats.url", "",
     "nats-server that holds the metadata of several nodes; empty: a node alone"},
    {"http.allowed_hosts", "",
     "further names and addresses by which clients may call the node; * stands for any text"},
    {"http.compression_level", "3", "gzip level of answers, 0 to 9; 0 switches it off"},
    {"http.cors.allow-credentials", "false", "pages that are allowed may send credentials"},
    {"http.cors.allow-headers", "X-Requested-With,Content-Type,Content-Length",
     "headers that pages of other sites may send"},
    {"http.cors.allow-methods", "OPTIONS,HEAD,GET,POST,PUT,DELETE",
     "methods that pages of other sites may use"},
    {"http.cors.allow-origin", "",
     "sites whose pages may use the node: origins, * for all, or /regex/"},
    {"http.cors.enabled", "false",
     "let pages of other sites use the node, as http.cors.allow-origin says"},
    {"http.cors.max-age", "1728000", "seconds for which a browser may keep such an answer"},
    {"http.max_content_length", "100mb", "largest request body"},
    {"http.max_header_size", "8kb", "largest request head"},
    {"http.max_initial_line_length", "4kb", "longest request line"},
    {"http.port", "9200", "port of REST; 0 takes a free one"},
    {"logger.file", "", "log file; empty: standard error"},
    {"logger.level", "info", "trace, debug, info, warn, error or off"},
    {"network.host", "127.0.0.1", "address to listen on"},
    {"node.accept_loss", "",
     "losses that the node named when it refused to start, separated by commas; for one start"},
    {"node.name", "", "name of the node; empty: the host's name"},
    {"node.roles", "cluster_manager,data,ingest,remote_cluster_client",
     "what the node does; without data it holds no shards"},
    {"path.data", "data", "directory of everything the node keeps"},
    {"plugins.security.ssl.transport.pemcert_filepath", "",
     "certificate of the node for the others, PEM; all three: mutual TLS between nodes"},
    {"plugins.security.ssl.transport.pemkey_filepath", "", "its key, PEM"},
    {"plugins.security.ssl.transport.pemtrustedcas_filepath", "",
     "authority of the nodes' certificates, PEM"},
    {"plugins.security.ssl.transport.server_name", "",
     "name in the nodes' certificates; empty: their host"},
    {"security.allow_insecure", "false",
     "listen off loopback although there is neither TLS nor authentication"},
    {"store.block_cache", "64mb", "memory for pages of documents"},
    {"store.write_buffer", "32mb", "memory for documents not yet in files"},
    {"task_cancellation.duration_millis", "10000",
     "a search on a shard that runs on so long after its cancel is counted in _nodes/stats"},
    {"task_cancellation.enabled", "true", "count them"},
    {"task_cancellation.interval_millis", "5000",
     "taken and shown; none is missed between two looks, each is counted when it ends"},
    {"tasks.cancel.status_format", "string", "status in cancel answers: string or object"},
    {"tasks.fanout_timeout", "1s", "how long a cancel waits for silent nodes"},
    {"tasks.list_timeout", "5s", "how long a list waits for silent nodes"},
    {"tasks.peer_lease", "15s",
     "how long work for another node goes on without a word of it; at least 2s"},
    {"tasks.result_retention", "-1",
     "how long results stay in .tasks after the end of their tasks; -1: for ever"},
    {"tasks.stream.max_readers", "10000", "streams of tasks that may be open; 429 beyond"},
    {"thread_pool.coordinator.queue_size", "10000", "requests that may wait for a coordinator"},
    {"thread_pool.coordinator.size", "256", "requests coordinated at the same time"},
    {"thread_pool.get.size", "0", "threads that read documents; 0: one a core"},
    {"thread_pool.write.queue_size", "10000", "shard writes that may wait"},
    {"thread_pool.write.size", "0", "threads that write documents; 0: one a core"},
    {"transport.port", "9300", "port between nodes; 0 takes a free one"},
};

}  // namespace

const std::vector<SettingInfo>& Settings::Known() { return kKnown; }

}  // namespace server
