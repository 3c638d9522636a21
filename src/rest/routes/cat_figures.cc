#include "rest/routes/cat_figures.h"

#include <array>

#include "rest/routes/cat_columns.h"

namespace rest::routes {
namespace {

using actions::index_stats::ShardFigures;

enum class Kind : std::uint8_t { kCount, kTime, kBytes, kRatio, kFlag, kUnknown };
// Which tables have a column: one of these, or several.
constexpr unsigned kShards = 1, kIndices = 2, kNodes = 4, kAll = kShards | kIndices | kNodes;

struct Figure {
  const char* name;
  const char* aliases;
  const char* description;
  Kind kind;
  std::int64_t (*value)(const ShardFigures& figures) = nullptr;  // times in nanoseconds; null: 0
  unsigned tables = kAll;
  const char* of_primaries = nullptr;  // that description; null: the same
};

constexpr auto kFigures = std::to_array<Figure>({
    {"completion.size", "cs,completionSize", "size of completion", Kind::kBytes},
    {"fielddata.memory_size", "fm,fielddataMemory", "used fielddata cache", Kind::kBytes},
    {"fielddata.evictions", "fe,fielddataEvictions", "fielddata evictions", Kind::kCount},
    {"query_cache.memory_size", "qcm,queryCacheMemory", "used query cache", Kind::kBytes},
    {"query_cache.evictions", "qce,queryCacheEvictions", "query cache evictions", Kind::kCount},
    {"query_cache.hit_count", "qchc,queryCacheHitCount", "query cache hit counts", Kind::kCount,
     nullptr, kNodes},
    {"query_cache.miss_count", "qcmc,queryCacheMissCount", "query cache miss counts", Kind::kCount,
     nullptr, kNodes},
    {"request_cache.memory_size", "rcm,requestCacheMemory", "used request cache", Kind::kBytes,
     nullptr, kIndices | kNodes},
    {"request_cache.evictions", "rce,requestCacheEvictions", "request cache evictions",
     Kind::kCount, nullptr, kIndices | kNodes},
    {"request_cache.hit_count", "rchc,requestCacheHitCount", "request cache hit counts",
     Kind::kCount, nullptr, kNodes},
    {"request_cache.miss_count", "rcmc,requestCacheMissCount", "request cache miss counts",
     Kind::kCount, nullptr, kNodes},
    {"request_cache.hit_count", "rchc,requestCacheHitCount", "request cache hit count",
     Kind::kCount, nullptr, kIndices},
    {"request_cache.miss_count", "rcmc,requestCacheMissCount", "request cache miss count",
     Kind::kCount, nullptr, kIndices},
    {"flush.total", "ft,flushTotal", "number of flushes", Kind::kCount},
    {"flush.total_time", "ftt,flushTotalTime", "time spent in flush", Kind::kTime},
    {"get.current", "gc,getCurrent", "number of current get ops", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.getting; }},
    {"get.time", "gti,getTime", "time spent in get", Kind::kTime,
     [](const ShardFigures& figures) {
       return figures.activity.found_nanos + figures.activity.missing_nanos;
     }},
    {"get.total", "gto,getTotal", "number of get ops", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.found + figures.activity.missing; }},
    {"get.exists_time", "geti,getExistsTime", "time spent in successful gets", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.found_nanos; }},
    {"get.exists_total", "geto,getExistsTotal", "number of successful gets", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.found; }},
    {"get.missing_time", "gmti,getMissingTime", "time spent in failed gets", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.missing_nanos; }},
    {"get.missing_total", "gmto,getMissingTotal", "number of failed gets", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.missing; }},
    {"indexing.delete_current", "idc,indexingDeleteCurrent", "number of current deletions",
     Kind::kCount, [](const ShardFigures& figures) { return figures.activity.deleting; }},
    {"indexing.delete_time", "idti,indexingDeleteTime", "time spent in deletions", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.delete_nanos; }},
    {"indexing.delete_total", "idto,indexingDeleteTotal", "number of delete ops", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.deleted; }},
    {"indexing.index_current", "iic,indexingIndexCurrent", "number of current indexing ops",
     Kind::kCount, [](const ShardFigures& figures) { return figures.activity.indexing; }},
    {"indexing.index_time", "iiti,indexingIndexTime", "time spent in indexing", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.index_nanos; }},
    {"indexing.index_total", "iito,indexingIndexTotal", "number of indexing ops", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.indexed; }},
    {"indexing.index_failed", "iif,indexingIndexFailed", "number of failed indexing ops",
     Kind::kCount, [](const ShardFigures& figures) { return figures.activity.index_failed; }},
    {"merges.current", "mc,mergesCurrent", "number of current merges", Kind::kCount},
    {"merges.current_docs", "mcd,mergesCurrentDocs", "number of current merging docs",
     Kind::kCount},
    {"merges.current_size", "mcs,mergesCurrentSize", "size of current merges", Kind::kBytes},
    {"merges.total", "mt,mergesTotal", "number of completed merge ops", Kind::kCount},
    {"merges.total_docs", "mtd,mergesTotalDocs", "docs merged", Kind::kCount},
    {"merges.total_size", "mts,mergesTotalSize", "size merged", Kind::kBytes},
    {"merges.total_time", "mtt,mergesTotalTime", "time spent in merges", Kind::kTime},
    {"refresh.total", "rto,refreshTotal", "total refreshes", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.refreshes; }},
    {"refresh.time", "rti,refreshTime", "time spent in refreshes", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.refresh_nanos; }},
    {"refresh.external_total", "rto,refreshTotal", "total external refreshes", Kind::kCount,
     [](const ShardFigures& figures) { return figures.activity.refreshes; }},
    {"refresh.external_time", "rti,refreshTime", "time spent in external refreshes", Kind::kTime,
     [](const ShardFigures& figures) { return figures.activity.refresh_nanos; }},
    {"refresh.listeners", "rli,refreshListeners", "number of pending refresh listeners",
     Kind::kCount, [](const ShardFigures& figures) { return figures.activity.refresh_waiters; }},
    {"script.compilations", "scrcc,scriptCompilations", "script compilations", Kind::kCount,
     nullptr, kNodes},
    {"script.cache_evictions", "scrce,scriptCacheEvictions", "script cache evictions", Kind::kCount,
     nullptr, kNodes},
    {"script.compilation_limit_triggered", "scrclt,scriptCacheCompilationLimitTriggered",
     "script cache compilation limit triggered", Kind::kCount, nullptr, kNodes},
    {"search.fetch_current", "sfc,searchFetchCurrent", "current fetch phase ops", Kind::kCount},
    {"search.fetch_time", "sfti,searchFetchTime", "time spent in fetch phase", Kind::kTime},
    {"search.fetch_total", "sfto,searchFetchTotal", "total fetch ops", Kind::kCount},
    {"search.open_contexts", "so,searchOpenContexts", "open search contexts", Kind::kCount},
    {"search.query_current", "sqc,searchQueryCurrent", "current query phase ops", Kind::kCount},
    {"search.query_time", "sqti,searchQueryTime", "time spent in query phase", Kind::kTime},
    {"search.query_total", "sqto,searchQueryTotal", "total query phase ops", Kind::kCount},
    {"search.concurrent_query_current", "scqc,searchConcurrentQueryCurrent",
     "current concurrent query phase ops", Kind::kCount},
    {"search.concurrent_query_time", "scqti,searchConcurrentQueryTime",
     "time spent in concurrent query phase", Kind::kTime},
    {"search.concurrent_query_total", "scqto,searchConcurrentQueryTotal",
     "total concurrent query phase ops", Kind::kCount, nullptr, kShards | kNodes},
    {"search.concurrent_query_total", "scqto,searchConcurrentQueryTotal", "total query phase ops",
     Kind::kCount, nullptr, kIndices},
    {"search.concurrent_avg_slice_count", "casc,searchConcurrentAvgSliceCount",
     "average query concurrency", Kind::kRatio},
    {"search.scroll_current", "scc,searchScrollCurrent", "open scroll contexts", Kind::kCount},
    {"search.scroll_time", "scti,searchScrollTime", "time scroll contexts held open", Kind::kTime},
    {"search.scroll_total", "scto,searchScrollTotal", "completed scroll contexts", Kind::kCount},
    {"search.point_in_time_current", "spc,searchPointInTimeCurrent", "open point in time contexts",
     Kind::kCount, nullptr, kShards},
    {"search.point_in_time_current", "scc,searchPointInTimeCurrent", "open point in time contexts",
     Kind::kCount, nullptr, kIndices | kNodes},
    {"search.point_in_time_time", "spti,searchPointInTimeTime",
     "time point in time contexts held open", Kind::kTime, nullptr, kShards},
    {"search.point_in_time_time", "scti,searchPointInTimeTime",
     "time point in time contexts held open", Kind::kTime, nullptr, kIndices | kNodes},
    {"search.point_in_time_total", "spto,searchPointInTimeTotal",
     "completed point in time contexts", Kind::kCount, nullptr, kShards},
    {"search.point_in_time_total", "scto,searchPointInTimeTotal",
     "completed point in time contexts", Kind::kCount, nullptr, kIndices | kNodes},
    {"search.search_idle_reactivate_count_total", "ssirct,searchSearchIdleReactivateCountTotal",
     "number of times a shard reactivated", Kind::kCount, nullptr, kShards},
    {"segments.count", "sc,segmentsCount", "number of segments", Kind::kCount},
    {"segments.memory", "sm,segmentsMemory", "memory used by segments", Kind::kBytes},
    {"segments.index_writer_memory", "siwm,segmentsIndexWriterMemory",
     "memory used by index writer", Kind::kBytes},
    {"segments.version_map_memory", "svmm,segmentsVersionMapMemory", "memory used by version map",
     Kind::kBytes},
    {"segments.fixed_bitset_memory", "sfbm,fixedBitsetMemory",
     "memory used by fixed bit sets for nested object field types and type filters for types "
     "referred in _parent fields",
     Kind::kBytes},
    {"seq_no.max", "sqm,maxSeqNo", "max sequence number", Kind::kCount,
     [](const ShardFigures& figures) { return figures.max_seq_no; }, kShards},
    {"seq_no.local_checkpoint", "sql,localCheckpoint", "local checkpoint", Kind::kCount,
     [](const ShardFigures& figures) { return figures.max_seq_no; }, kShards},
    {"seq_no.global_checkpoint", "sqg,globalCheckpoint", "global checkpoint", Kind::kCount,
     [](const ShardFigures& figures) { return figures.max_seq_no; }, kShards},
    {"warmer.current", "wc,warmerCurrent", "current warmer ops", Kind::kCount, nullptr,
     kShards | kIndices},
    {"warmer.total", "wto,warmerTotal", "total warmer ops", Kind::kCount, nullptr,
     kShards | kIndices},
    {"warmer.total_time", "wtt,warmerTotalTime", "time spent in warmers", Kind::kTime, nullptr,
     kShards | kIndices},
    {"path.data", "pd,dataPath", "shard data path", Kind::kUnknown, nullptr, kShards},
    {"path.state", "ps,statsPath", "shard state path", Kind::kUnknown, nullptr, kShards},
    {"docs.deleted", "dd,docsDeleted", "number of deleted docs in shard", Kind::kCount,
     [](const ShardFigures& figures) { return figures.deleted; }, kShards},
    {"suggest.current", "suc,suggestCurrent", "number of current suggest ops", Kind::kCount,
     nullptr, kIndices | kNodes},
    {"suggest.time", "suti,suggestTime", "time spend in suggest", Kind::kTime, nullptr,
     kIndices | kNodes},
    {"suggest.total", "suto,suggestTotal", "number of suggest ops", Kind::kCount, nullptr,
     kIndices | kNodes},
    {"memory.total", "tm,memoryTotal", "total used memory", Kind::kBytes, nullptr, kIndices,
     "total user memory"},
    {"search.throttled", "sth", "indicates if the index is search throttled", Kind::kFlag, nullptr,
     kIndices},
});

CatCell CellOf(const Figure& figure, const ShardFigures& figures) {
  const std::int64_t value = figure.value == nullptr ? 0 : figure.value(figures);
  switch (figure.kind) {
    case Kind::kCount:
      return value;
    case Kind::kTime:
      return base::TimeValue::Millis(value / 1'000'000);
    case Kind::kBytes:
      return base::ByteSize(value);
    case Kind::kRatio:
      return Decimals(static_cast<double>(value), 1);
    case Kind::kFlag:
      return value == 0 ? "false" : "true";
    case Kind::kUnknown:
      break;
  }
  return {};
}

std::vector<CatColumn> ColumnsOf(unsigned table) {
  std::vector<CatColumn> columns;
  for (const Figure& figure : kFigures) {
    if ((figure.tables & table) == 0) continue;
    columns.push_back(Right(figure.name, figure.aliases, figure.description, Shown::kIfAsked));
  }
  return columns;
}

CatTable::Row CellsOf(unsigned table, const ShardFigures* figures) {
  CatTable::Row cells;
  for (const Figure& figure : kFigures) {
    if ((figure.tables & table) == 0) continue;
    cells.push_back(figures == nullptr ? CatCell() : CellOf(figure, *figures));
  }
  return cells;
}

}  // namespace

std::vector<CatColumn> ShardFigureColumns() { return ColumnsOf(kShards); }
CatTable::Row ShardFigureCells(const ShardFigures* figures) { return CellsOf(kShards, figures); }

std::vector<CatColumn> NodeFigureColumns() { return ColumnsOf(kNodes); }

CatTable::Row NodeFigureCells(const actions::node_stats::ShardFigures* figures) {
  if (figures == nullptr) return CellsOf(kNodes, nullptr);
  const ShardFigures of_node = {.documents = figures->documents,
                                .deleted = figures->deleted,
                                .bytes = figures->bytes,
                                .activity = figures->activity};
  return CellsOf(kNodes, &of_node);
}

std::vector<CatColumn> IndexFigureColumns() {
  std::vector<CatColumn> columns;
  for (const Figure& figure : kFigures) {
    if ((figure.tables & kIndices) == 0) continue;
    columns.push_back(Right(figure.name, figure.aliases, figure.description, Shown::kIfAsked));
    if (figure.kind == Kind::kFlag) continue;
    const char* const of_primaries =
        figure.of_primaries == nullptr ? figure.description : figure.of_primaries;
    columns.push_back(Right(std::string("pri.") + figure.name, "", of_primaries, Shown::kIfAsked));
  }
  return columns;
}

CatTable::Row IndexFigureCells(const ShardFigures* figures) {
  CatTable::Row cells;
  for (const Figure& figure : kFigures) {
    if ((figure.tables & kIndices) == 0) continue;
    if (figure.kind == Kind::kFlag) {  // of a closed index, too
      cells.push_back(CellOf(figure, {}));
      continue;
    }
    cells.insert(cells.end(), 2, figures == nullptr ? CatCell() : CellOf(figure, *figures));
  }
  return cells;
}

}  // namespace rest::routes
