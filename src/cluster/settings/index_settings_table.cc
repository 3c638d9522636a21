// The settings of an index: name, kind, when it may change, default, smallest and largest value.
//
// What would change an answer or the data is obeyed, or refused by its check. The rest is taken and
// shown, but means nothing here: how fast things are (codec, merge, translog sizes, caches, slow
// logs), how many shards of it a node has, how text is analyzed, and limits of what this version
// does not have.

#include <algorithm>
#include <array>

#include "cluster/settings/index_settings.h"
#include "cluster/settings/setting_checks.h"

namespace cluster {
namespace {

using Kind = IndexSetting::Kind;
using Update = IndexSetting::Update;
constexpr double kNoMin = IndexSetting::kNoMin;
constexpr double kNoMax = IndexSetting::kNoMax;
constexpr double kMaxInt = 2147483647;

constexpr auto kSettings = std::to_array<IndexSetting>({
    {"index.allocation.existing_shards_allocator", Kind::kText, Update::kPrivate,
     "gateway_allocator"},
    {"index.allocation.max_retries", Kind::kInt, Update::kDynamic, "5", 0},
    {"index.analysis.", Kind::kGroup, Update::kStatic, ""},
    {"index.analyze.max_token_count", Kind::kInt, Update::kDynamic, "10000", 1},
    {"index.append_only.enabled", Kind::kBool, Update::kFinal, "false", kNoMin, kNoMax,
     CheckAppendOnly},
    {"index.auto_expand_replicas", Kind::kText, Update::kDynamic, "false", kNoMin, kNoMax,
     CheckAutoExpand},
    {"index.blocks.metadata", Kind::kBool, Update::kDynamic, "false"},
    {"index.blocks.read", Kind::kBool, Update::kDynamic, "false"},
    {"index.blocks.read_only", Kind::kBool, Update::kDynamic, "false"},
    {"index.blocks.read_only_allow_delete", Kind::kBool, Update::kDynamic, "false"},
    {"index.blocks.write", Kind::kBool, Update::kDynamic, "false"},
    {"index.check_pending_flush.enabled", Kind::kBool, Update::kStatic, "true"},
    {"index.codec", Kind::kText, Update::kStatic, "default", kNoMin, kNoMax, CheckCodec},
    {"index.codec.compression_level", Kind::kInt, Update::kStatic, "3", 1, 6},
    {"index.compound_format", Kind::kText, Update::kDynamic, "0.1", kNoMin, kNoMax, CheckRatio},
    {"index.data_path", Kind::kText, Update::kStatic, "", kNoMin, kNoMax, CheckDataPath},
    {"index.default_pipeline", Kind::kText, Update::kDynamic, "_none"},
    {"index.fielddata.cache", Kind::kText, Update::kStatic, "node", kNoMin, kNoMax,
     CheckFielddataCache},
    {"index.final_pipeline", Kind::kText, Update::kDynamic, "_none"},
    {"index.flush_after_merge", Kind::kBytes, Update::kDynamic, "512mb"},
    {"index.force_memory_term_dictionary", Kind::kBool, Update::kStatic, "false"},
    {"index.format", Kind::kInt, Update::kFinal, "0"},
    {"index.gc_deletes", Kind::kTime, Update::kDynamic, "60s"},
    {"index.hidden", Kind::kBool, Update::kDynamic, "false"},
    {"index.highlight.max_analyzed_offset", Kind::kInt, Update::kDynamic, "1000000", 1},
    {"index.indexing.slowlog.level", Kind::kText, Update::kDynamic, "TRACE", kNoMin, kNoMax,
     CheckSlowlogLevel},
    {"index.indexing.slowlog.reformat", Kind::kBool, Update::kDynamic, "true"},
    {"index.indexing.slowlog.source", Kind::kText, Update::kDynamic, "1000"},
    {"index.indexing.slowlog.threshold.index.debug", Kind::kTime, Update::kDynamic, "-1"},
    {"index.indexing.slowlog.threshold.index.info", Kind::kTime, Update::kDynamic, "-1"},
    {"index.indexing.slowlog.threshold.index.trace", Kind::kTime, Update::kDynamic, "-1"},
    {"index.indexing.slowlog.threshold.index.warn", Kind::kTime, Update::kDynamic, "-1"},
    {"index.load_fixed_bitset_filters_eagerly", Kind::kBool, Update::kStatic, "true"},
    {"index.mapper.dynamic", Kind::kBool, Update::kDynamic, "true"},
    {"index.mapping.coerce", Kind::kBool, Update::kStatic, "false"},
    {"index.mapping.depth.limit", Kind::kLong, Update::kDynamic, "20", 1, kMaxInt},
    {"index.mapping.field_name_length.limit", Kind::kLong, Update::kDynamic, "2147483647", 1,
     kMaxInt},
    {"index.mapping.ignore_malformed", Kind::kBool, Update::kStatic, "false"},
    {"index.mapping.nested_fields.limit", Kind::kLong, Update::kDynamic, "50", 0},
    {"index.mapping.nested_objects.limit", Kind::kLong, Update::kDynamic, "10000", 0},
    {"index.mapping.total_fields.limit", Kind::kLong, Update::kDynamic, "1000", 0},
    {"index.max_adjacency_matrix_filters", Kind::kInt, Update::kDynamic, "100", 2},
    {"index.max_document_bytes", Kind::kBytes, Update::kDynamic, "10mb"},
    {"index.max_docvalue_fields_search", Kind::kInt, Update::kDynamic, "100", 0},
    {"index.max_inner_result_window", Kind::kInt, Update::kDynamic, "100", 1},
    {"index.max_ngram_diff", Kind::kInt, Update::kDynamic, "1", 0},
    {"index.max_refresh_listeners", Kind::kInt, Update::kDynamic, "1000", 0},
    {"index.max_regex_length", Kind::kInt, Update::kDynamic, "1000", 1},
    {"index.max_rescore_window", Kind::kInt, Update::kDynamic, "10000", 1},
    {"index.max_result_window", Kind::kInt, Update::kDynamic, "10000", 1},
    {"index.max_script_fields", Kind::kInt, Update::kDynamic, "32", 0},
    {"index.max_shingle_diff", Kind::kInt, Update::kDynamic, "3", 0},
    {"index.max_slices_per_pit", Kind::kInt, Update::kDynamic, "1024", 1},
    {"index.max_slices_per_scroll", Kind::kInt, Update::kDynamic, "1024", 1},
    {"index.max_terms_count", Kind::kInt, Update::kDynamic, "65536", 1},
    {"index.merge.log_byte_size_policy.max_merge_segment", Kind::kBytes, Update::kDynamic,
     "5368709120b"},
    {"index.merge.log_byte_size_policy.max_merge_segment_forced_merge", Kind::kBytes,
     Update::kDynamic, "9223372036854775807b"},
    {"index.merge.log_byte_size_policy.max_merged_docs", Kind::kInt, Update::kDynamic,
     "2147483647"},
    {"index.merge.log_byte_size_policy.merge_factor", Kind::kInt, Update::kDynamic, "10", 2},
    {"index.merge.log_byte_size_policy.min_merge", Kind::kBytes, Update::kDynamic, "2097152b"},
    {"index.merge.log_byte_size_policy.no_cfs_ratio", Kind::kText, Update::kDynamic, "0.1", kNoMin,
     kNoMax, CheckRatio},
    {"index.merge.policy", Kind::kText, Update::kStatic, "default", kNoMin, kNoMax,
     CheckMergePolicy},
    {"index.merge.policy.deletes_pct_allowed", Kind::kDouble, Update::kDynamic, "20.0", 5, 50},
    {"index.merge.policy.expunge_deletes_allowed", Kind::kDouble, Update::kDynamic, "10.0", 0},
    {"index.merge.policy.floor_segment", Kind::kBytes, Update::kDynamic, "2097152b"},
    {"index.merge.policy.max_merge_at_once", Kind::kInt, Update::kDynamic, "10", 2},
    {"index.merge.policy.max_merged_segment", Kind::kBytes, Update::kDynamic, "5368709120b"},
    {"index.merge.policy.reclaim_deletes_weight", Kind::kDouble, Update::kDynamic, "2.0", 0},
    {"index.merge.policy.segments_per_tier", Kind::kDouble, Update::kDynamic, "10.0", 2},
    {"index.merge.scheduler.auto_throttle", Kind::kBool, Update::kDynamic, "true"},
    {"index.merge.scheduler.max_merge_count", Kind::kInt, Update::kDynamic, "6", 1},
    {"index.merge.scheduler.max_thread_count", Kind::kInt, Update::kDynamic, "1", 1},
    {"index.merge_on_flush.enabled", Kind::kBool, Update::kDynamic, "true"},
    {"index.merge_on_flush.max_full_flush_merge_wait_time", Kind::kTime, Update::kDynamic, "10s",
     1'000'000},
    {"index.merge_on_flush.policy", Kind::kText, Update::kDynamic, "default"},
    {"index.number_of_replicas", Kind::kInt, Update::kDynamic, "1", 0},
    {"index.number_of_routing_shards", Kind::kInt, Update::kFinal, "1", 1},
    {"index.number_of_shards", Kind::kInt, Update::kFinal, "1", 1, 1024},
    {"index.optimize_auto_generated_id", Kind::kBool, Update::kDynamic, "true"},
    {"index.optimize_doc_id_lookup.fuzzy_set.enabled", Kind::kBool, Update::kDynamic, "false"},
    {"index.optimize_doc_id_lookup.fuzzy_set.false_positive_probability", Kind::kDouble,
     Update::kDynamic, "0.2047", 0.01, 0.5},
    {"index.priority", Kind::kInt, Update::kDynamic, "1", 0},
    {"index.queries.cache.enabled", Kind::kBool, Update::kStatic, "true"},
    {"index.query.default_field", Kind::kList, Update::kDynamic, "[\"*\"]"},
    {"index.query.derived_field.enabled", Kind::kBool, Update::kDynamic, "true"},
    {"index.query.max_nested_depth", Kind::kInt, Update::kDynamic, "2147483647", 1},
    {"index.query.parse.allow_unmapped_fields", Kind::kBool, Update::kStatic, "true"},
    {"index.query_string.lenient", Kind::kBool, Update::kStatic, "false"},
    {"index.recovery.type", Kind::kText, Update::kStatic, ""},
    {"index.refresh_interval", Kind::kTime, Update::kDynamic, "1s"},
    {"index.replication.type", Kind::kText, Update::kFinal, "DOCUMENT", kNoMin, kNoMax,
     CheckReplicationType},
    {"index.requests.cache.enable", Kind::kBool, Update::kDynamic, "true"},
    {"index.routing.allocation.enable", Kind::kText, Update::kDynamic, "all", kNoMin, kNoMax,
     CheckAllocationEnable},
    {"index.routing.allocation.exclude.", Kind::kGroup, Update::kDynamic, ""},
    {"index.routing.allocation.include.", Kind::kGroup, Update::kDynamic, ""},
    {"index.routing.allocation.require.", Kind::kGroup, Update::kDynamic, ""},
    {"index.routing.allocation.total_shards_per_node", Kind::kInt, Update::kDynamic, "-1", -1},
    {"index.routing.rebalance.enable", Kind::kText, Update::kDynamic, "all", kNoMin, kNoMax,
     CheckRebalanceEnable},
    {"index.routing_partition_size", Kind::kInt, Update::kFinal, "1", 1},
    {"index.search.concurrent.max_slice_count", Kind::kInt, Update::kDynamic, "0", 0},
    {"index.search.concurrent_segment_search.enabled", Kind::kBool, Update::kDynamic, "false"},
    {"index.search.concurrent_segment_search.mode", Kind::kText, Update::kDynamic, "none", kNoMin,
     kNoMax, CheckSliceMode},
    {"index.search.default_pipeline", Kind::kText, Update::kDynamic, "_none"},
    {"index.search.idle.after", Kind::kTime, Update::kDynamic, "30s"},
    {"index.search.slowlog.level", Kind::kText, Update::kDynamic, "TRACE", kNoMin, kNoMax,
     CheckSlowlogLevel},
    {"index.search.slowlog.threshold.fetch.debug", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.fetch.info", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.fetch.trace", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.fetch.warn", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.query.debug", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.query.info", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.query.trace", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.slowlog.threshold.query.warn", Kind::kTime, Update::kDynamic, "-1"},
    {"index.search.throttled", Kind::kBool, Update::kDynamic, "false"},
    {"index.shard.check_on_startup", Kind::kText, Update::kStatic, "false", kNoMin, kNoMax,
     CheckOnStartup},
    {"index.similarity.", Kind::kGroup, Update::kStatic, ""},
    {"index.soft_deletes.enabled", Kind::kBool, Update::kFinal, "true", kNoMin, kNoMax,
     CheckSoftDeletes},
    {"index.soft_deletes.retention.operations", Kind::kLong, Update::kDynamic, "0", 0},
    {"index.soft_deletes.retention_lease.period", Kind::kTime, Update::kDynamic, "12h"},
    {"index.sort.field", Kind::kList, Update::kFinal, "[]"},
    {"index.sort.missing", Kind::kList, Update::kFinal, "[]", kNoMin, kNoMax, CheckSortMissing},
    {"index.sort.mode", Kind::kList, Update::kFinal, "[]", kNoMin, kNoMax, CheckSortMode},
    {"index.sort.order", Kind::kList, Update::kFinal, "[]", kNoMin, kNoMax, CheckSortOrder},
    {"index.store.fs.fs_lock", Kind::kText, Update::kStatic, "native", kNoMin, kNoMax, CheckFsLock},
    {"index.store.hybrid.mmap.extensions", Kind::kList, Update::kStatic,
     "[\"nvd\",\"dvd\",\"tim\",\"tip\",\"dim\",\"kdd\",\"kdi\",\"cfs\",\"doc\"]"},
    {"index.store.hybrid.nio.extensions", Kind::kList, Update::kStatic,
     "[\"segments_N\",\"write.lock\",\"si\",\"cfe\",\"fnm\",\"fdx\",\"fdt\",\"pos\",\"pay\","
     "\"nvm\",\"dvm\",\"tvx\",\"tvd\",\"liv\",\"dii\",\"vem\"]"},
    {"index.store.preload", Kind::kList, Update::kStatic, "[]"},
    {"index.store.stats_refresh_interval", Kind::kTime, Update::kStatic, "10s"},
    {"index.store.type", Kind::kText, Update::kStatic, ""},
    {"index.translog.durability", Kind::kText, Update::kDynamic, "REQUEST", kNoMin, kNoMax,
     CheckDurability},
    {"index.translog.flush_threshold_size", Kind::kBytes, Update::kDynamic, "512mb", 56},
    {"index.translog.generation_threshold_size", Kind::kBytes, Update::kDynamic, "64mb", 56},
    {"index.translog.retention.age", Kind::kTime, Update::kDynamic, "-1"},
    {"index.translog.retention.size", Kind::kBytes, Update::kDynamic, "-1"},
    {"index.translog.sync_interval", Kind::kTime, Update::kDynamic, "5s", 100'000'000},
    {"index.unassigned.node_left.delayed_timeout", Kind::kTime, Update::kDynamic, "1m"},
    {"index.unreferenced_file_cleanup.enabled", Kind::kBool, Update::kDynamic, "true"},
    {"index.use_compound_file", Kind::kBool, Update::kStatic, "true"},
    {"index.verified_before_close", Kind::kBool, Update::kPrivate, "false"},
    {"index.version.created", Kind::kInt, Update::kPrivate, "0"},
    {"index.warmer.enabled", Kind::kBool, Update::kDynamic, "true"},
    {"index.write.wait_for_active_shards", Kind::kText, Update::kDynamic, "1", kNoMin, kNoMax,
     CheckActiveShards},
});
static_assert(std::ranges::is_sorted(kSettings, {}, &IndexSetting::key));

}  // namespace

std::span<const IndexSetting> IndexSettings() { return kSettings; }

const IndexSetting* FindIndexSetting(std::string_view key) {
  // No setting begins with a group's name, so its group stands right before where it would.
  const auto after = std::ranges::upper_bound(kSettings, key, {}, &IndexSetting::key);
  if (after == kSettings.begin()) return nullptr;
  const IndexSetting& before = *std::prev(after);
  const bool group = before.kind == Kind::kGroup;
  const bool found =
      group ? key.size() > before.key.size() && key.starts_with(before.key) : key == before.key;
  return found ? &before : nullptr;
}

}  // namespace cluster
