#include "rest/routes/cluster.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "actions/cluster_health/health.h"
#include "rest/origin.h"
#include "rest/routes/cluster_manager_timeout.h"
#include "rest/routes/cluster_settings.h"
#include "rest/routes/cluster_state.h"
#include "rest/routes/cluster_stats.h"
#include "rest/routes/indices.h"
#include "rest/routes/reroute.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

namespace health = actions::cluster_health;
using base::Result;
using base::Status;
using base::json::Writer;
using health::Color;

namespace {

std::string Upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

Result<std::optional<Color>> ReadColor(Request& request) {
  const std::string* text = request.Find("wait_for_status");
  if (text == nullptr) return std::optional<Color>();
  for (const Color color : {Color::kGreen, Color::kYellow, Color::kRed}) {
    if (Upper(*text) == Upper(std::string(ColorName(color)))) return std::optional(color);
  }
  return base::IllegalArgument(
      "No enum constant org.opensearch.cluster.health.ClusterHealthStatus." + Upper(*text));
}

Result<int> ParseCount(std::string_view text) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return base::NumberFormat(text);
  return value;
}

// "3", ">=3", "ge(3)" and so on.
Result<std::function<bool(int)>> ParseNodes(std::string_view text) {
  struct Form {
    std::string_view begin, end;
    bool (*fits)(int nodes, int wanted);
  };
  static constexpr std::array<Form, 8> kForms = {{
      {">=", "", [](int nodes, int wanted) { return nodes >= wanted; }},
      {"ge(", ")", [](int nodes, int wanted) { return nodes >= wanted; }},
      {"<=", "", [](int nodes, int wanted) { return nodes <= wanted; }},
      {"le(", ")", [](int nodes, int wanted) { return nodes <= wanted; }},
      {">", "", [](int nodes, int wanted) { return nodes > wanted; }},
      {"gt(", ")", [](int nodes, int wanted) { return nodes > wanted; }},
      {"<", "", [](int nodes, int wanted) { return nodes < wanted; }},
      {"lt(", ")", [](int nodes, int wanted) { return nodes < wanted; }},
  }};
  for (const Form& form : kForms) {
    if (!text.starts_with(form.begin) || !text.ends_with(form.end)) continue;
    text.remove_prefix(form.begin.size());
    text.remove_suffix(form.end.size());
    ASSIGN_OR_RETURN(const int wanted, ParseCount(text));
    return std::function<bool(int)>(
        [fits = form.fits, wanted](int nodes) { return fits(nodes, wanted); });
  }
  ASSIGN_OR_RETURN(const int wanted, ParseCount(text));
  return std::function<bool(int)>([wanted](int nodes) { return nodes == wanted; });
}

Result<std::optional<int>> ReadActiveShards(Request& request) {
  const std::string* text = request.Find("wait_for_active_shards");
  if (text == nullptr) return std::optional<int>();
  if (*text == "all") return std::optional(-1);
  const Result<int> count = ParseCount(*text);
  if (count.ok() && *count >= 0) return std::optional(*count);
  if (count.ok()) return base::IllegalArgument("shard count cannot be a negative value");
  const Status refused = base::IllegalArgument("cannot parse ActiveShardCount[" + *text + "]");
  return refused.CausedBy(count.status());
}

// There is no queue of changes whose events could be waited for; only the name is checked.
Status CheckEvents(Request& request) {
  const std::string* text = request.Find("wait_for_events");
  if (text == nullptr) return {};
  for (const char* known : {"IMMEDIATE", "URGENT", "HIGH", "NORMAL", "LOW", "LANGUID"}) {
    if (Upper(*text) == known) return {};
  }
  return base::IllegalArgument("No enum constant org.opensearch.common.Priority." + Upper(*text));
}

Result<health::Wish> ReadWish(Request& request) {
  health::Wish wish;
  wish.indices = request.List("index");
  if (wish.indices.empty()) wish.indices = {"_all"};
  RETURN_IF_ERROR(request.Bool("local").status());
  RETURN_IF_ERROR(request.Bool("ensure_node_weighed_in").status());
  request.AlsoKnows({"awareness_attribute"});
  wish.options = {.expand_closed = true, .expand_hidden = true};
  RETURN_IF_ERROR(ReadIndexOptions(request, wish.options));
  ASSIGN_OR_RETURN(const base::TimeValue timeout,
                   request.Time("timeout", base::TimeValue::Seconds(30)));
  wish.timeout_millis = timeout.millis();
  RETURN_IF_ERROR(ReadClusterManagerTimeout(request));
  ASSIGN_OR_RETURN(wish.at_least, ReadColor(request));
  ASSIGN_OR_RETURN(wish.none_relocating, request.Bool("wait_for_no_relocating_shards"));
  // No shard is seen before it has started: this holds as soon as it is asked for.
  RETURN_IF_ERROR(request.Bool("wait_for_no_initializing_shards").status());
  ASSIGN_OR_RETURN(wish.active_shards, ReadActiveShards(request));
  if (const std::string* nodes = request.Find("wait_for_nodes")) {
    ASSIGN_OR_RETURN(wish.nodes, ParseNodes(*nodes));
  }
  RETURN_IF_ERROR(CheckEvents(request));
  return wish;
}

void WriteShards(Writer& out, const health::IndexHealth& index) {
  out.ObjectField("shards");
  for (std::size_t i = 0; i < index.of_shard.size(); ++i) {
    const health::ShardHealth& shard = index.of_shard[i];
    out.ObjectField(std::to_string(i));
    out.Field("status", ColorName(shard.color));
    out.Field("primary_active", shard.primary_active);
    out.Field("active_shards", shard.active);
    out.Field("relocating_shards", shard.relocating);
    out.Field("initializing_shards", 0);
    out.Field("unassigned_shards", shard.unassigned);
    out.EndObject();
  }
  out.EndObject();
}

void WriteIndices(Writer& out, const std::vector<health::IndexHealth>& indices, bool with_shards) {
  out.ObjectField("indices");
  for (const health::IndexHealth& index : indices) {
    out.ObjectField(index.name);
    out.Field("status", ColorName(index.color));
    out.Field("number_of_shards", index.shards);
    out.Field("number_of_replicas", index.replicas);
    out.Field("active_primary_shards", index.active_primaries);
    out.Field("active_shards", index.active);
    out.Field("relocating_shards", index.relocating);
    out.Field("initializing_shards", 0);
    out.Field("unassigned_shards", index.unassigned);
    if (with_shards) WriteShards(out, index);
    out.EndObject();
  }
  out.EndObject();
}

void WriteHealth(Writer& out, const std::string& cluster_name, const health::Health& health,
                 const std::string& level, bool human) {
  out.BeginObject();
  out.Field("cluster_name", cluster_name);
  out.Field("status", ColorName(health.color));
  out.Field("timed_out", health.timed_out);
  out.Field("number_of_nodes", health.nodes);
  out.Field("number_of_data_nodes", health.data_nodes);
  out.Field("discovered_master", health.has_manager);
  out.Field("discovered_cluster_manager", health.has_manager);
  out.Field("active_primary_shards", health.active_primaries);
  out.Field("active_shards", health.active);
  out.Field("relocating_shards", health.relocating);
  out.Field("initializing_shards", 0);
  out.Field("unassigned_shards", health.unassigned);
  out.Field("delayed_unassigned_shards", 0);
  out.Field("number_of_pending_tasks", 0);
  out.Field("number_of_in_flight_fetch", 0);
  if (human) out.Field("task_max_waiting_in_queue", "0s");
  out.Field("task_max_waiting_in_queue_millis", 0);
  if (human) {
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), "%.1f%%", health.active_percent);
    out.Field("active_shards_percent", percent.data());
  }
  out.Field("active_shards_percent_as_number", health.active_percent);
  if (level == "indices" || level == "shards") {
    WriteIndices(out, health.indices, level == "shards");
  }
  if (!health.problems.empty()) {  // ours
    out.ArrayField("problems");
    for (const std::string& problem : health.problems) out.String(problem);
    out.EndArray();
  }
  if (level == "awareness_attributes") {
    out.ObjectField("awareness_attributes");
    out.EndObject();
  }
  out.EndObject();
}

Status GetHealth(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(health::Wish wish, ReadWish(*request));
  const std::string level = request->String("level", "cluster");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (request->Has("awareness_attribute") && level != "awareness_attributes") {
    return base::ValidationFailed(
        "level=awareness_attributes is required with awareness_attribute parameter");
  }
  if (level == "awareness_attributes" && request->Has("index")) {
    return base::ValidationFailed(
        "awareness_attribute is not a supported parameter with index health");
  }
  request->MustAnswer();
  const auto task = health::Await(
      node, std::move(wish), OriginOf(request->head()),
      [request, level, name = node.cluster.state()->cluster_name](Result<health::Health> found) {
        if (!found.ok()) return request->Fail(found.status());
        request->Respond(found->timed_out ? 408 : 200, [&](Writer& out) {
          WriteHealth(out, name, *found, level, request->format().human);
        });
      });
  StopWhenGone(request, task);
  return {};
}

}  // namespace

void AddClusterRoutes(Router& router, actions::Node& node) {
  for (const char* pattern : {"/_cluster/health", "/_cluster/health/{index}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetHealth(node, request); });
  }
  AddClusterSettingsRoutes(router, node);
  AddClusterStateRoutes(router, node);
  AddClusterStatsRoutes(router, node);
  AddRerouteRoutes(router, node);
}

}  // namespace rest::routes
