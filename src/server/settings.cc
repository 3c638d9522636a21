#include "server/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace server {

using base::IllegalArgument;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kAttributes = "node.attr.";

Status SetTwice(const std::string& name) { return IllegalArgument("[" + name + "] is set twice"); }

// A list in the file is the same as its items with commas.
Status Flatten(const YAML::Node& node, const std::string& prefix,
               std::map<std::string, std::string>& out) {
  if (node.IsScalar()) {
    if (!out.emplace(prefix, node.Scalar()).second) return SetTwice(prefix);
  } else if (node.IsSequence()) {
    std::vector<std::string> items;
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) return IllegalArgument("[" + prefix + "] must be a plain list");
      items.push_back(item.Scalar());
    }
    if (!out.emplace(prefix, base::Join(items, ",")).second) return SetTwice(prefix);
  } else if (node.IsMap()) {
    for (const auto& entry : node) {  // no structured binding: it is a Node, too
      const std::string& key = entry.first.Scalar();
      RETURN_IF_ERROR(Flatten(entry.second, prefix.empty() ? key : prefix + "." + key, out));
    }
  }
  return {};
}

Result<std::map<std::string, std::string>> ReadYaml(const std::string& file) {
  std::map<std::string, std::string> values;
  try {
    if (const Status bad = Flatten(YAML::LoadFile(file), "", values); !bad.ok())
      return IllegalArgument(bad.reason() + " in [" + file + "]");
  } catch (const YAML::Exception& e) {
    return IllegalArgument("cannot read settings from [" + file + "]: " + e.what());
  }
  return values;
}

}  // namespace

const std::vector<SettingInfo>& Settings::Known() {
  static const std::vector<SettingInfo> known = {
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
      {"http.compression_level", "3", "gzip level of answers, 0 to 9; 0 switches it off"},
      {"http.max_content_length", "100mb", "largest request body"},
      {"http.max_header_size", "8kb", "largest request head"},
      {"http.max_initial_line_length", "4kb", "longest request line"},
      {"http.port", "9200", "port of REST; 0 takes a free one"},
      {"logger.file", "", "log file; empty: standard error"},
      {"logger.level", "info", "trace, debug, info, warn, error or off"},
      {"network.host", "127.0.0.1", "address to listen on"},
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
      {"thread_pool.coordinator.queue_size", "10000", "requests that may wait for a coordinator"},
      {"thread_pool.coordinator.size", "256", "requests coordinated at the same time"},
      {"thread_pool.get.size", "0", "threads that read documents; 0: one a core"},
      {"thread_pool.write.queue_size", "10000", "shard writes that may wait"},
      {"thread_pool.write.size", "0", "threads that write documents; 0: one a core"},
      {"transport.port", "9300", "port between nodes; 0 takes a free one"},
  };
  return known;
}

std::string Settings::DefaultFile() {
  std::error_code error;
  const auto here = std::filesystem::absolute("quell.yml", error);
  return !error && std::filesystem::is_regular_file(here, error) ? here.string() : std::string();
}

Result<Settings> Settings::Read(const std::string& file,
                                const std::vector<std::string>& overrides) {
  Settings settings;
  settings.file_ = file;
  if (!file.empty()) {
    ASSIGN_OR_RETURN(auto values, ReadYaml(file));
    for (auto& [name, value] : values) RETURN_IF_ERROR(settings.Set(name, value, file));
  }
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return IllegalArgument("-E takes key=value, but was [" + text + "]");
    RETURN_IF_ERROR(settings.Set(text.substr(0, equals), text.substr(equals + 1), "-E"));
  }
  return settings;
}

Status Settings::Set(const std::string& name, std::string value, std::string_view where) {
  const auto is_it = [&](const SettingInfo& info) { return info.name == name; };
  if (!name.starts_with(kAttributes) && std::ranges::none_of(Known(), is_it)) {
    std::vector<std::string> names;
    for (const SettingInfo& info : Known()) names.emplace_back(info.name);
    return IllegalArgument("unknown setting [" + name + "] in " + std::string(where) +
                           base::DidYouMean(name, names) +
                           " (quell serve --list-settings shows all)");
  }
  values_.insert_or_assign(name, std::move(value));
  return {};
}

const std::string& Settings::String(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  static const std::map<std::string, std::string, std::less<>> defaults = [] {
    std::map<std::string, std::string, std::less<>> all;
    for (const SettingInfo& info : Known()) all.emplace(info.name, info.otherwise);
    return all;
  }();
  return defaults.find(name)->second;
}

Result<std::int64_t> Settings::Int(std::string_view name, std::int64_t low,
                                   std::int64_t high) const {
  const std::string& text = String(name);
  const Result<std::int64_t> value = base::ParseInt64(text);
  if (value.ok() && *value >= low && *value <= high) return *value;
  return IllegalArgument("failed to parse value [" + text + "] for setting [" + std::string(name) +
                         "], must be from " + std::to_string(low) + " to " + std::to_string(high));
}

Result<bool> Settings::Bool(std::string_view name) const {
  Result<bool> value = base::ParseBool(String(name));
  if (value.ok()) return value;
  return IllegalArgument("[" + std::string(name) + "]: " + value.status().reason());
}

Result<base::TimeValue> Settings::Time(std::string_view name) const {
  return base::TimeValue::Parse(String(name), name);
}

Result<base::ByteSize> Settings::Size(std::string_view name) const {
  return base::ByteSize::Parse(String(name), name);
}

std::map<std::string, std::string> Settings::NodeAttributes() const {
  std::map<std::string, std::string> attributes;
  for (const auto& [name, value] : values_) {
    if (name.starts_with(kAttributes)) attributes.emplace(name.substr(kAttributes.size()), value);
  }
  return attributes;
}

}  // namespace server
