// `_stats`: what is in indices and what is done with them.

#include <algorithm>
#include <array>

#include "actions/cluster_health/copies.h"
#include "actions/index_stats/shard_stats.h"
#include "actions/shards/find_shard.h"
#include "base/text/strings.h"
#include "rest/answer_turn.h"
#include "rest/human_fields.h"
#include "rest/origin.h"
#include "rest/routes/indices.h"
#include "rest/routes/nodes.h"
#include "rest/routes/shard_failures.h"
#include "rest/routes/shard_figures.h"

namespace rest::routes {

using actions::index_stats::ShardStats;
using actions::node_stats::ShardFigures;
using base::Status;
using base::json::Writer;

namespace {

struct StatsRequest {
  FigureSections sections;
  std::string level;
  std::optional<std::int64_t> timeout_millis;

  bool WithIndices() const { return level != "cluster"; }
  bool WithShards() const { return level == "shards"; }
};

base::Result<FigureSections> ReadSections(Request& request) {
  FigureSections sections{.metrics = ItemsOf(request, "metric"), .all = !request.Has("metric")};
  const bool all = std::ranges::find(sections.metrics, "_all") != sections.metrics.end();
  if (all && sections.metrics.size() > 1) {
    return base::IllegalArgument("request [" + request.path() +
                                 "] contains _all and individual metrics [" +
                                 base::Join(sections.metrics, ",") + "]");
  }
  if (all) return FigureSections();
  std::vector<std::string> unknown;
  for (const std::string& name : sections.metrics) {
    if (std::ranges::find(KnownFigureSections(), name) == KnownFigureSections().end())
      unknown.push_back(name);
  }
  if (!unknown.empty()) {
    return request.Unrecognized(std::move(unknown), KnownFigureSections(), "metric");
  }
  return sections;
}

// Each parameter is known only if what it is about is asked for.
base::Result<StatsRequest> ReadStats(Request& request) {
  StatsRequest stats;
  ASSIGN_OR_RETURN(stats.sections, ReadSections(request));
  FigureSections& sections = stats.sections;
  request.AlsoKnows({"groups"});
  if (sections.Wants("completion")) {
    const bool all = request.Has("fields");
    sections.completion_fields = request.Has("completion_fields") || all;
  }
  if (sections.Wants("fielddata")) {
    const bool all = request.Has("fields");
    sections.fielddata_fields = request.Has("fielddata_fields") || all;
  }
  if (sections.Wants("segments")) {
    RETURN_IF_ERROR(request.Bool("include_segment_file_sizes").status());
    RETURN_IF_ERROR(request.Bool("include_unloaded_segments").status());
  }
  if (const std::string* const text = request.Find("timeout")) {
    ASSIGN_OR_RETURN(const auto timeout,
                     base::TimeValue::Parse(*text, "IndicesStatsRequest.timeout"));
    stats.timeout_millis = std::max<std::int64_t>(timeout.millis(), 0);  // -1 is over at once
  }
  stats.level = request.String("level", "indices");
  constexpr std::array<std::string_view, 3> kLevels = {"cluster", "indices", "shards"};
  if (std::ranges::find(kLevels, stats.level) == kLevels.end()) {
    return base::IllegalArgument(
        "level parameter must be one of [cluster] or [indices] or [shards] but was [" +
        stats.level + "]");
  }
  return stats;
}

// What the answer is about, and how much of it has been written: it can be as long as there are
// shards, so it is made step by step.
class StatsAnswer {
 public:
  StatsAnswer(const actions::Node& node, StatsRequest asked, ShardStats stats,
              const std::vector<std::string>& names)
      : asked_(std::move(asked)), stats_(std::move(stats)) {
    for (const std::string& name : names) {
      cluster::IndexPtr index = stats_.state->FindIndex(name);
      if (index != nullptr && Count(node, *index)) indices_.push_back(std::move(index));
    }
  }

  std::size_t size() const { return indices_.size(); }

  void Begin(Writer& out, bool human) const {
    const HumanFields fields(out, human);
    out.BeginObject();
    out.ObjectField("_shards");
    out.Field("total", copies_);
    out.Field("successful", told_);
    out.Field("failed", failures_.size());
    if (!failures_.empty()) {
      out.Key("failures");
      WriteShardFailures(out, failures_);
    }
    out.EndObject();
    out.ObjectField("_all");
    if (told_ > 0) {
      WriteSums(fields, sum_);
    } else {
      out.RawField("primaries", "{}");
      out.RawField("total", "{}");
    }
    out.EndObject();
    if (asked_.WithIndices()) out.ObjectField("indices");
  }

  // Writes the next index, or a shard of it. False: there is none, and the answer is whole.
  bool Next(Writer& out, bool human) {
    const HumanFields fields(out, human);
    if (!asked_.WithIndices() || at_ == indices_.size()) {
      if (asked_.WithIndices()) out.EndObject();
      out.EndObject();
      return false;
    }
    const cluster::IndexMetadata& index = *indices_[at_];
    if (shard_at_ < 0) {
      out.ObjectField(index.name);
      out.Field("uuid", index.uuid);
      WriteSums(fields, SumOf(index));
      shard_at_ = asked_.WithShards() ? 0 : index.number_of_shards;
      if (asked_.WithShards()) out.ObjectField("shards");
    } else {
      WriteShardOf(fields, index, shard_at_++);
    }
    if (shard_at_ < index.number_of_shards) return true;
    if (asked_.WithShards()) out.EndObject();
    out.EndObject();
    shard_at_ = -1;
    ++at_;
    return true;
  }

 private:
  // False: no shard of it is open, so there is nothing to tell.
  bool Count(const actions::Node& node, const cluster::IndexMetadata& index) {
    const std::int64_t told_before = told_;
    for (const auto& copy : actions::cluster_health::CopiesOf(node, *stats_.state, index)) {
      ++copies_;
      // One of a closed index tells zeros.
      const bool tells = copy.primary && (!index.open || stats_.Find(index, copy.shard) != nullptr);
      told_ += tells ? 1 : 0;
      if (copy.assigned() && !tells) {
        failures_.push_back({index.name, copy.shard, WhyOf(index, copy.shard, copy.node_id)});
      }
    }
    sum_.Add(SumOf(index));
    return told_ > told_before;
  }

  // Its node is silent, or has not opened it yet.
  base::Status WhyOf(const cluster::IndexMetadata& index, int shard,
                     const std::string& node_id) const {
    const auto failure =
        std::ranges::find(stats_.failures, node_id, &actions::tasks_list::NodeFailure::node_id);
    return failure == stats_.failures.end() ? actions::NoShardAvailable(index.name, shard)
                                            : actions::tasks_list::FailedNode(*failure);
  }

  ShardFigures SumOf(const cluster::IndexMetadata& index) const {
    ShardFigures sum;
    for (int number = 0; number < index.number_of_shards; ++number) {
      if (const ShardFigures* const shard = stats_.Find(index, number)) sum.Add(*shard);
    }
    return sum;
  }

  // There are no copies but primaries.
  void WriteSums(const HumanFields& fields, const ShardFigures& figures) const {
    for (const char* name : {"primaries", "total"}) {
      fields.out().ObjectField(name);
      WriteShardFigures(fields, figures, asked_.sections, FigureSum::kOfIndex);
      fields.out().EndObject();
    }
  }

  void WriteShardOf(const HumanFields& fields, const cluster::IndexMetadata& index,
                    int number) const {
    const ShardFigures* const shard = stats_.Find(index, number);
    if (shard == nullptr) return;
    const std::string& node = index.shard_nodes[static_cast<std::size_t>(number)];
    const auto path = stats_.data_paths.find(node);
    const std::string unknown;
    fields.out().ArrayField(std::to_string(number));
    WriteShard(fields,
               {index, number, node, path == stats_.data_paths.end() ? unknown : path->second},
               *shard, asked_.sections);
    fields.out().EndArray();
  }

  const StatsRequest asked_;
  const ShardStats stats_;
  std::vector<cluster::IndexPtr> indices_;
  ShardFigures sum_;
  std::int64_t copies_ = 0, told_ = 0;  // copies that are nowhere are neither
  std::vector<actions::indices::ShardFailure> failures_;
  std::size_t at_ = 0;
  int shard_at_ = -1;  // of the index that is being written
};

// A long answer, a piece at a time. Used on the I/O thread.
class Pieces {
 public:
  Pieces(const ResponseFormat& format, StatsAnswer answer)
      : writer_(format), human_(format.human), answer_(std::move(answer)) {
    answer_.Begin(writer_.out(), human_);
  }

  http::Piece Next() {
    constexpr std::size_t kPiece = 32 << 10;
    http::Piece piece{.data = {}, .then = http::Piece::Then::kMore};
    const AnswerTurn turn;
    while (piece.data.size() < kPiece && piece.then == http::Piece::Then::kMore && !turn.IsOver()) {
      if (answer_.Next(writer_.out(), human_)) {
        piece.data += writer_.Take();
      } else {
        piece.data += writer_.Finish();
        piece.then = http::Piece::Then::kEnd;
      }
    }
    return piece;
  }

 private:
  AnswerWriter writer_;
  const bool human_;
  StatsAnswer answer_;
};

void Respond(const RequestPtr& request, StatsAnswer answer) {
  constexpr std::size_t kAtOnce = 16;
  const bool human = request->format().human;
  if (answer.size() > kAtOnce) {
    auto pieces = std::make_shared<Pieces>(request->format(), std::move(answer));
    return request->exchange()->RespondStream(request->Head(200),
                                              [pieces] { return pieces->Next(); });
  }
  request->Respond(200, [&](Writer& out) {
    answer.Begin(out, human);
    while (answer.Next(out, human)) {
    }
  });
}

Status GetStats(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const StatsRequest asked, ReadStats(*request));
  ASSIGN_OR_RETURN(const bool forbid_closed, request->Bool("forbid_closed_indices", true));
  ASSIGN_OR_RETURN(
      const auto names,
      ResolveIndexParam(*request, node, {.forbid_closed = forbid_closed}, SystemIndices::kSilent));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  actions::index_stats::Ask(
      node, names, OriginOf(request->head()),
      [&node, names, asked, request](const base::Result<ShardStats>& stats) {
        if (!stats.ok()) return request->Fail(stats.status());
        Respond(request, StatsAnswer(node, asked, *stats, names));
      },
      asked.timeout_millis);
  return {};
}

}  // namespace

void AddIndexStatsRoutes(Router& router, actions::Node& node) {
  for (const char* pattern :
       {"/_stats", "/_stats/{metric}", "/{index}/_stats", "/{index}/_stats/{metric}"}) {
    router.Add("GET", pattern,
               [&node](const RequestPtr& request) { return GetStats(node, request); });
  }
}

}  // namespace rest::routes
