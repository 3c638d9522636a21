#include "rest/routes/shard_figures.h"

namespace rest::routes {

using actions::ActivityFigures;
using actions::node_stats::ShardFigures;
using base::json::Writer;

namespace {

constexpr std::string_view kSearch =
    R"({"open_contexts":0,"query_total":0,"query_time_in_millis":0,"query_current":0,)"
    R"("concurrent_query_total":0,"concurrent_query_time_in_millis":0,)"
    R"("concurrent_query_current":0,"concurrent_avg_slice_count":0.0,"fetch_total":0,)"
    R"("fetch_time_in_millis":0,"fetch_current":0,"scroll_total":0,"scroll_time_in_millis":0,)"
    R"("scroll_current":0,"point_in_time_total":0,"point_in_time_time_in_millis":0,)"
    R"("point_in_time_current":0,"suggest_total":0,"suggest_time_in_millis":0,)"
    R"("suggest_current":0,"search_idle_reactivate_count_total":0)";
// The phases of searches, which follow unless the figures are of an index.
constexpr std::string_view kSearchPhases =
    R"(,"request":{"took":{"time_in_millis":0,"current":0,"total":0},)"
    R"("dfs_pre_query":{"time_in_millis":0,"current":0,"total":0},)"
    R"("query":{"time_in_millis":0,"current":0,"total":0},)"
    R"("fetch":{"time_in_millis":0,"current":0,"total":0},)"
    R"("dfs_query":{"time_in_millis":0,"current":0,"total":0},)"
    R"("expand":{"time_in_millis":0,"current":0,"total":0},)"
    R"("can_match":{"time_in_millis":0,"current":0,"total":0}})";
constexpr std::string_view kMerges =
    R"({"current":0,"current_docs":0,"current_size_in_bytes":0,"total":0,)"
    R"("total_time_in_millis":0,"total_docs":0,"total_size_in_bytes":0,)"
    R"("total_stopped_time_in_millis":0,"total_throttled_time_in_millis":0,)"
    R"("total_auto_throttle_in_bytes":0,"unreferenced_file_cleanups_performed":0})";
constexpr std::string_view kFlush = R"({"total":0,"periodic":0,"total_time_in_millis":0})";
constexpr std::string_view kWarmer = R"({"current":0,"total":0,"total_time_in_millis":0})";
constexpr std::string_view kQueryCache =
    R"({"memory_size_in_bytes":0,"total_count":0,"hit_count":0,"miss_count":0,"cache_size":0,)"
    R"("cache_count":0,"evictions":0})";
constexpr std::string_view kSegments =
    R"({"count":0,"memory_in_bytes":0,"terms_memory_in_bytes":0,)"
    R"("stored_fields_memory_in_bytes":0,"term_vectors_memory_in_bytes":0,)"
    R"("norms_memory_in_bytes":0,"points_memory_in_bytes":0,"doc_values_memory_in_bytes":0,)"
    R"("index_writer_memory_in_bytes":0,"version_map_memory_in_bytes":0,)"
    R"("fixed_bit_set_memory_in_bytes":0,"max_unsafe_auto_id_timestamp":-1,)"
    R"("remote_store":{"upload":{"total_upload_size":{"started_bytes":0,"succeeded_bytes":0,)"
    R"("failed_bytes":0},"refresh_size_lag":{"total_bytes":0,"max_bytes":0},)"
    R"("max_refresh_time_lag_in_millis":0,"total_time_spent_in_millis":0,)"
    R"("pressure":{"total_rejections":0}},"download":{"total_download_size":)"
    R"({"started_bytes":0,"succeeded_bytes":0,"failed_bytes":0},)"
    R"("total_time_spent_in_millis":0}},"segment_replication":{"max_bytes_behind":0,)"
    R"("total_bytes_behind":0,"max_replication_lag":0},"file_sizes":{}})";
constexpr std::string_view kTranslogRemoteStore =
    R"({"upload":{"total_uploads":{"started":0,"failed":0,"succeeded":0},)"
    R"("total_upload_size":{"started_bytes":0,"failed_bytes":0,"succeeded_bytes":0}}})";
constexpr std::string_view kRequestCache =
    R"({"memory_size_in_bytes":0,"evictions":0,"hit_count":0,"miss_count":0})";

std::int64_t Millis(std::int64_t nanos) { return nanos / 1'000'000; }

void WriteIndexing(const HumanFields& fields, const ActivityFigures& activity, FigureSum sum) {
  Writer& out = fields.out();
  out.ObjectField("indexing");
  out.Field("index_total", activity.indexed);
  fields.Millis("index_time", Millis(activity.index_nanos));
  out.Field("index_current", activity.indexing);
  out.Field("index_failed", activity.index_failed);
  out.Field("delete_total", activity.deleted);
  fields.Millis("delete_time", Millis(activity.delete_nanos));
  out.Field("delete_current", activity.deleting);
  out.Field("noop_update_total", activity.noop_updates);
  out.Field("is_throttled", false);
  fields.Millis("throttle_time", 0);
  out.ObjectField("doc_status");
  for (std::size_t i = 0; sum == FigureSum::kOfNode && i < activity.statuses.size(); ++i) {
    if (activity.statuses[i] != 0) out.Field(std::to_string(i + 1) + "xx", activity.statuses[i]);
  }
  out.EndObject();
  out.EndObject();
}

void WriteGet(const HumanFields& fields, const ActivityFigures& activity) {
  Writer& out = fields.out();
  const std::int64_t millis = Millis(activity.found_nanos + activity.missing_nanos);
  out.ObjectField("get");
  out.Field("total", activity.found + activity.missing);
  out.Field("getTime", base::TimeValue::Millis(millis).ToString());
  fields.Millis("time", millis);
  out.Field("exists_total", activity.found);
  fields.Millis("exists_time", Millis(activity.found_nanos));
  out.Field("missing_total", activity.missing);
  fields.Millis("missing_time", Millis(activity.missing_nanos));
  out.Field("current", activity.getting);
  out.EndObject();
}

void WriteRefresh(const HumanFields& fields, const ActivityFigures& activity) {
  Writer& out = fields.out();
  out.ObjectField("refresh");
  for (const char* prefix : {"", "external_"}) {
    out.Field(std::string(prefix) + "total", activity.refreshes);
    fields.Millis(std::string(prefix) + "total_time", Millis(activity.refresh_nanos));
  }
  out.Field("listeners", activity.refresh_waiters);
  out.EndObject();
}

void WriteDocsAndStore(const HumanFields& fields, const ShardFigures& figures,
                       const FigureSections& sections) {
  Writer& out = fields.out();
  if (sections.Wants("docs")) {
    out.ObjectField("docs");
    out.Field("count", figures.documents);
    out.Field("deleted", figures.deleted);
    out.EndObject();
  }
  if (sections.Wants("store")) {
    out.ObjectField("store");
    fields.Bytes("size", figures.bytes);
    fields.Bytes("reserved", 0);
    out.EndObject();
  }
}

void WriteTranslog(const HumanFields& fields, std::int64_t operations) {
  Writer& out = fields.out();
  out.ObjectField("translog");
  out.Field("operations", operations);
  fields.Bytes("size", 0);
  out.Field("uncommitted_operations", operations);
  fields.Bytes("uncommitted_size", 0);
  out.Field("earliest_last_modified_age", 0);
  fields.Zeros("remote_store", kTranslogRemoteStore);
  out.EndObject();
}

void WriteRecovery(const HumanFields& fields, const ShardFigures& figures) {
  Writer& out = fields.out();
  out.ObjectField("recovery");
  out.Field("current_as_source", figures.leaving);
  out.Field("current_as_target", figures.coming);
  fields.Millis("throttle_time", 0);
  out.EndObject();
}

void WriteCaches(const HumanFields& fields, const FigureSections& sections) {
  Writer& out = fields.out();
  if (sections.Wants("query_cache")) fields.Zeros("query_cache", kQueryCache);
  if (sections.Wants("fielddata")) {
    out.ObjectField("fielddata");
    fields.Bytes("memory_size", 0);
    out.Field("evictions", 0);
    if (sections.fielddata_fields) out.RawField("fields", "{}");
    out.EndObject();
  }
  if (sections.Wants("completion")) {
    out.ObjectField("completion");
    fields.Bytes("size", 0);
    if (sections.completion_fields) out.RawField("fields", "{}");
    out.EndObject();
  }
}

// How far the shard's operations have come.
void WriteProgress(Writer& out, const ShardPlace& place, const ShardFigures& figures) {
  out.ObjectField("commit");
  out.Field("id", "");
  out.Field("generation", 0);
  out.RawField("user_data", "{}");
  out.Field("num_docs", figures.documents);
  out.EndObject();
  out.ObjectField("seq_no");
  for (const char* name : {"max_seq_no", "local_checkpoint", "global_checkpoint"})
    out.Field(name, figures.max_seq_no);
  out.EndObject();
  out.ObjectField("retention_leases");
  out.Field("primary_term", place.index.primary_terms[static_cast<std::size_t>(place.number)]);
  out.Field("version", 0);
  out.RawField("leases", "[]");
  out.EndObject();
}

}  // namespace

const std::vector<std::string>& KnownFigureSections() {
  static const std::vector<std::string> known = {
      "docs",     "store",         "indexing",    "get",       "search",     "merge",
      "flush",    "refresh",       "query_cache", "fielddata", "completion", "segments",
      "translog", "request_cache", "recovery",    "warmer"};
  return known;
}

void WriteShardFigures(const HumanFields& fields, const ShardFigures& figures,
                       const FigureSections& sections, FigureSum sum) {
  WriteDocsAndStore(fields, figures, sections);
  if (sections.Wants("indexing")) WriteIndexing(fields, figures.activity, sum);
  if (sections.Wants("get")) WriteGet(fields, figures.activity);
  if (sections.Wants("search")) {
    const std::string_view phases = sum == FigureSum::kOfIndex ? "" : kSearchPhases;
    fields.Zeros("search", std::string(kSearch) + std::string(phases) + "}");
  }
  if (sections.Wants("merge")) fields.Zeros("merges", kMerges);
  if (sections.Wants("refresh")) WriteRefresh(fields, figures.activity);
  if (sections.Wants("flush")) fields.Zeros("flush", kFlush);
  if (sections.Wants("warmer")) fields.Zeros("warmer", kWarmer);
  WriteCaches(fields, sections);
  if (sections.Wants("segments")) fields.Zeros("segments", kSegments);
  if (sections.Wants("translog")) WriteTranslog(fields, figures.unrefreshed);
  if (sections.Wants("request_cache")) fields.Zeros("request_cache", kRequestCache);
  if (sections.Wants("recovery")) WriteRecovery(fields, figures);
}

void WriteShard(const HumanFields& fields, const ShardPlace& place, const ShardFigures& figures,
                const FigureSections& sections) {
  Writer& out = fields.out();
  const cluster::ShardMove* const move = place.index.MoveOf(place.number);
  out.BeginObject();
  out.ObjectField("routing");
  out.Field("state", move ? "RELOCATING" : "STARTED");
  out.Field("primary", true);
  out.Field("node", place.node_id);
  out.Key("relocating_node");
  move ? out.String(move->target) : out.Null();
  out.EndObject();
  WriteShardFigures(fields, figures, sections, FigureSum::kOfShard);
  WriteProgress(out, place, figures);
  out.ObjectField("shard_path");
  out.Field("state_path", place.data_path);
  out.Field("data_path", place.data_path);
  out.Field("is_custom_data_path", false);
  out.EndObject();
  out.EndObject();
}

}  // namespace rest::routes
