#include "cluster/records.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/json/compact_writer.h"
#include "base/json/tree.h"
#include "base/log.h"
#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace cluster {
namespace {

using base::Result;
using base::Status;
using base::json::Document;
using base::json::Value;
using Change = MetadataStore::Change;

constexpr std::string_view kClusterKey = "cluster";
constexpr std::string_view kManagerKey = "manager";
constexpr std::string_view kNodePrefix = "node/";
constexpr std::string_view kIndexPrefix = "index/";
constexpr std::string_view kTombstonePrefix = "tombstone/";
constexpr std::string_view kTemplatePrefix = "template/";
constexpr std::array<std::string_view, 3> kKinds = {"index", "component", "legacy"};

using Texts = std::map<std::string, std::string>;

void WriteTexts(base::json::Writer& out, std::string_view key, const Texts& texts) {
  out.ObjectField(key);
  for (const auto& [name, value] : texts) out.Field(name, value);
  out.EndObject();
}

Texts ReadTexts(const Value& root, std::string_view key) {
  Texts texts;
  if (const Value* value = root.Find(key)) {
    for (const base::json::Member& member : value->members())
      texts.emplace(member.key, member.value->text());
  }
  return texts;
}

std::string ReadText(const Value& root, std::string_view key) {
  const Value* value = root.Find(key);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::uint64_t ReadNumber(const Value& root, std::string_view key) {
  const Value* value = root.Find(key);
  const auto number = value == nullptr ? Result<std::int64_t>(0) : value->AsInt64();
  return number.ok() && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

Status ApplyCluster(ClusterState& state, const std::string& bytes) {
  ASSIGN_OR_RETURN(const Document document, Document::Parse(bytes));
  const Value& root = document.root();
  state.cluster_uuid = ReadText(root, "cluster_uuid");
  state.version = ReadNumber(root, "version");
  state.persistent_settings = ReadTexts(root, "persistent_settings");
  state.transient_settings = ReadTexts(root, "transient_settings");
  return {};
}

Result<NodeInfo> DecodeNode(const std::string& bytes) {
  ASSIGN_OR_RETURN(const Document document, Document::Parse(bytes));
  const Value& root = document.root();
  NodeInfo node;
  node.id = ReadText(root, "id");
  node.name = ReadText(root, "name");
  node.host = ReadText(root, "host");
  node.ip = ReadText(root, "ip");
  node.transport_address = ReadText(root, "transport_address");
  node.http_address = ReadText(root, "http_address");
  node.attributes = ReadTexts(root, "attributes");
  if (const Value* roles = root.Find("roles")) {
    for (const Value* role : roles->items()) node.roles.emplace_back(role->text());
  }
  node.unopened = ReadTexts(root, "unopened");
  const Result<std::int32_t> disk_stage = base::ParseInt32(ReadText(root, "disk_stage"));
  if (disk_stage.ok()) node.disk_stage = *disk_stage;
  // All 64 bits: a JSON number would be read as signed.
  const std::string incarnation = ReadText(root, "incarnation");
  const char* const end = incarnation.data() + incarnation.size();
  const auto [read, failed] = std::from_chars(incarnation.data(), end, node.incarnation);
  if (failed != std::errc() || read != end || node.id.empty() || node.transport_address.empty())
    return base::Internal("the record of node [" + node.id + "] is incomplete");
  return node;
}

std::string EncodeNode(const NodeInfo& node) {
  std::string bytes;
  base::json::CompactWriter out(bytes);
  out.BeginObject();
  out.Field("id", node.id);
  out.Field("name", node.name);
  out.Field("host", node.host);
  out.Field("ip", node.ip);
  out.Field("transport_address", node.transport_address);
  out.Field("http_address", node.http_address);
  out.Field("incarnation", std::to_string(node.incarnation));
  out.ArrayField("roles");
  for (const std::string& role : node.roles) out.String(role);
  out.EndArray();
  WriteTexts(out, "attributes", node.attributes);
  if (!node.unopened.empty()) WriteTexts(out, "unopened", node.unopened);
  if (node.disk_stage != 0) out.Field("disk_stage", std::to_string(node.disk_stage));
  out.EndObject();
  return bytes;
}

Status ApplyNode(ClusterState& state, const Change& change) {
  const std::string id = change.key.substr(kNodePrefix.size());
  if (!change.value) {
    state.nodes.erase(id);
    return {};
  }
  ASSIGN_OR_RETURN(NodeInfo node, DecodeNode(*change.value));
  if (node.id != id) return base::Internal("[" + change.key + "] is of another node");
  state.nodes.insert_or_assign(id, std::move(node));
  return {};
}

Status ApplyIndex(ClusterState& state, const Change& change) {
  const std::string_view uuid = std::string_view(change.key).substr(kIndexPrefix.size());
  if (!change.value) {
    std::erase_if(state.indices, [&](const auto& entry) { return entry.second->uuid == uuid; });
    return {};
  }
  ASSIGN_OR_RETURN(IndexPtr index, IndexMetadata::Decode(*change.value));
  const std::string name = index->name;
  if (const IndexPtr there = state.FindIndex(name); there && there->uuid != index->uuid)
    return base::Internal("its name [" + name + "] is that of the index [" + there->uuid +
                          "], too");
  state.indices.insert_or_assign(name, std::move(index));
  return {};
}

Status ApplyTombstone(ClusterState& state, const Change& change) {
  const std::string uuid = change.key.substr(kTombstonePrefix.size());
  if (!change.value) return state.tombstones.erase(uuid), Status();
  ASSIGN_OR_RETURN(const Document document, Document::Parse(*change.value));
  state.tombstones[uuid] = {
      .index = ReadText(document.root(), "index"),
      .millis = static_cast<std::int64_t>(ReadNumber(document.root(), "millis"))};
  return {};
}

Status CheckUtf8(std::string_view what, std::string_view text) {
  if (base::IsValidUtf8(text)) return {};
  constexpr std::size_t kMaxQuoted = 500;
  return base::IllegalArgument(std::string(what) + " [" + std::string(text.substr(0, kMaxQuoted)) +
                               "] is not UTF-8");
}

Status CheckTexts(std::string_view what, const Texts& texts) {
  for (const auto& [name, value] : texts) {
    RETURN_IF_ERROR(CheckUtf8(what, name));
    RETURN_IF_ERROR(CheckUtf8("the value of [" + name + "]", value));
  }
  return {};
}

Status CheckIndex(const IndexMetadata& index) {
  RETURN_IF_ERROR(CheckUtf8("the index name", index.name));
  RETURN_IF_ERROR(CheckTexts("the alias name", index.aliases));
  RETURN_IF_ERROR(CheckTexts("the setting name", index.settings));
  return CheckUtf8("the mapping of [" + index.name + "]", index.mappings);
}

Status CheckNode(const NodeInfo& node) {
  for (const std::string* text : {&node.name, &node.host, &node.transport_address})
    RETURN_IF_ERROR(CheckUtf8("the node's name or address", *text));
  return CheckTexts("the node attribute", node.attributes);
}

// The name comes first in a record of an index, so that it can be told from a damaged one.
std::string NameIn(const Change& change) {
  constexpr std::string_view kBegin = R"({"name":")";
  if (!change.key.starts_with(kIndexPrefix) || !change.value) return {};
  std::string_view rest = *change.value;
  if (!rest.starts_with(kBegin)) return {};
  rest.remove_prefix(kBegin.size());
  const std::size_t end = rest.find('"');
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

std::string TemplateKey(TemplateKind kind, const std::string& name) {
  return std::string(kTemplatePrefix) + std::string(kKinds[static_cast<std::size_t>(kind)]) + "/" +
         name;
}

void ApplyTemplate(ClusterState& state, const Change& change) {
  const std::string_view rest = std::string_view(change.key).substr(kTemplatePrefix.size());
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    const std::string_view prefix = kKinds[kind];
    if (!rest.starts_with(prefix) || !rest.substr(prefix.size()).starts_with('/')) continue;
    auto& templates = TemplatesOf(state.templates, static_cast<TemplateKind>(kind));
    const std::string name(rest.substr(prefix.size() + 1));
    if (change.value) {
      templates[name] = *change.value;
    } else {
      templates.erase(name);
    }
  }
}

}  // namespace

Change ClusterRecord(const ClusterState& state) {
  std::string bytes;
  base::json::CompactWriter out(bytes);
  out.BeginObject();
  out.Field("cluster_uuid", state.cluster_uuid);
  out.Field("version", state.version);
  WriteTexts(out, "persistent_settings", state.persistent_settings);
  WriteTexts(out, "transient_settings", state.transient_settings);
  out.EndObject();
  return {std::string(kClusterKey), std::move(bytes)};
}

Change ManagerRecord(const std::string& node_id) { return {std::string(kManagerKey), node_id}; }

Change NodeRecord(const NodeInfo& node) {
  return {std::string(kNodePrefix) + node.id, EncodeNode(node)};
}

Change NodeGone(const std::string& node_id) {
  return {std::string(kNodePrefix) + node_id, std::nullopt};
}

Change IndexRecord(const IndexMetadata& index) {
  return {std::string(kIndexPrefix) + index.uuid, index.Encode()};
}

std::vector<Change> DeleteIndex(ClusterState& state, const IndexMetadata& index,
                                std::int64_t wall_millis) {
  const auto key = [](const std::string& uuid) { return std::string(kTombstonePrefix) + uuid; };
  std::string bytes;
  base::json::CompactWriter out(bytes);
  out.BeginObject();
  out.Field("index", index.name);
  out.Field("millis", wall_millis);
  out.EndObject();
  std::vector<Change> changes = {{std::string(kIndexPrefix) + index.uuid, std::nullopt},
                                 {key(index.uuid), std::move(bytes)}};
  state.tombstones[index.uuid] = {.index = index.name, .millis = wall_millis};
  while (state.tombstones.size() > ClusterState::kTombstones) {
    const auto oldest = std::ranges::min_element(
        state.tombstones, {}, [](const auto& entry) { return entry.second.millis; });
    changes.push_back({key(oldest->first), std::nullopt});
    state.tombstones.erase(oldest);
  }
  state.indices.erase(index.name);
  return changes;
}

Change TemplateRecord(TemplateKind kind, const std::string& name, std::string json) {
  return {TemplateKey(kind, name), std::move(json)};
}

Change TemplateGone(TemplateKind kind, const std::string& name) {
  return {TemplateKey(kind, name), std::nullopt};
}

std::map<std::string, std::string>& TemplatesOf(Templates& templates, TemplateKind kind) {
  if (kind == TemplateKind::kIndex) return templates.index;
  return kind == TemplateKind::kComponent ? templates.component : templates.legacy;
}

const std::map<std::string, std::string>& TemplatesOf(const Templates& templates,
                                                      TemplateKind kind) {
  return TemplatesOf(const_cast<Templates&>(templates), kind);
}

Status CheckText(const ClusterState& state, const std::vector<Change>& changes) {
  std::set<std::string_view> indices;
  for (const Change& change : changes) {
    RETURN_IF_ERROR(CheckUtf8("the name in", change.key));
    if (!change.value) continue;
    const std::string_view key = change.key;
    RETURN_IF_ERROR(CheckUtf8("the record", *change.value));
    if (key.starts_with(kIndexPrefix)) indices.insert(key.substr(kIndexPrefix.size()));
    if (!key.starts_with(kNodePrefix)) continue;
    const auto node = state.nodes.find(change.key.substr(kNodePrefix.size()));
    if (node != state.nodes.end()) RETURN_IF_ERROR(CheckNode(node->second));
  }
  RETURN_IF_ERROR(CheckTexts("the setting name", state.persistent_settings));
  RETURN_IF_ERROR(CheckTexts("the setting name", state.transient_settings));
  if (indices.empty()) return {};
  for (const auto& [name, index] : state.indices)
    if (indices.contains(index->uuid)) RETURN_IF_ERROR(CheckIndex(*index));
  return {};
}

Status ApplyChange(ClusterState& state, const Change& change) {
  if (change.key.starts_with(kTemplatePrefix)) return ApplyTemplate(state, change), Status();
  if (change.key.starts_with(kIndexPrefix)) return ApplyIndex(state, change);
  if (change.key.starts_with(kTombstonePrefix)) return ApplyTombstone(state, change);
  if (change.key.starts_with(kNodePrefix)) return ApplyNode(state, change);
  if (change.key == kManagerKey) state.manager_id = change.value.value_or("");
  if (change.key == kClusterKey && change.value) return ApplyCluster(state, *change.value);
  return {};
}

void ApplyOrSetAside(ClusterState& state, const Change& change) {
  const Status read = ApplyChange(state, change);
  if (read.ok()) {
    state.unreadable.erase(change.key);
    return;
  }
  const auto known = state.unreadable.find(change.key);
  if (known != state.unreadable.end() && known->second.why == read.reason()) return;
  state.unreadable[change.key] = {read.reason(), NameIn(change)};
  base::log::Error(
      "cluster", "metadata record cannot be read and is set aside",
      {{"key", change.key},
       {"error", read},
       {"remedy", "to go on without it, start once with -E node.accept_loss=" + change.key}});
}

}  // namespace cluster
