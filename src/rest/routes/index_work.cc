// _refresh, _flush and _count.

#include "actions/indices/indices.h"
#include "base/json/compact_writer.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/count_body.h"
#include "rest/routes/hand_over.h"
#include "rest/routes/indices.h"
#include "rest/routes/shard_failures.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

namespace {

namespace indices = actions::indices;
using base::Result;
using base::Status;
using base::json::Writer;
using indices::ShardsAnswer;

void WriteShards(Writer& out, const ShardsAnswer& answer, bool with_skipped) {
  out.Key("_shards");
  out.BeginObject();
  out.Field("total", answer.total);
  out.Field("successful", answer.successful);
  if (with_skipped) out.Field("skipped", 0);
  out.Field("failed", answer.failures.size());
  if (!answer.failures.empty()) {
    out.Key("failures");
    WriteShardFailures(out, answer.failures);
  }
  out.EndObject();
}

void RespondShards(const RequestPtr& request, const Result<ShardsAnswer>& answer) {
  if (!answer.ok()) return request->Fail(answer.status());
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    WriteShards(out, *answer, false);
    out.EndObject();
  });
}

Status Refresh(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node, {.forbid_closed = true}));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  indices::Refresh(node, OriginOf(request->head()), std::move(names),
                   [request](const auto& answer) { RespondShards(request, answer); });
  return {};
}

Status Flush(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node, {.forbid_closed = true}));
  ASSIGN_OR_RETURN(const bool force, request->Bool("force", false));
  ASSIGN_OR_RETURN(const bool wait_if_ongoing, request->Bool("wait_if_ongoing", true));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (force && !wait_if_ongoing)
    return base::ValidationFailed("wait_if_ongoing must be true for a force flush");
  indices::Flush(node, OriginOf(request->head()), std::move(names),
                 [request](const auto& answer) { RespondShards(request, answer); });
  return {};
}

// None of the shards of a count has answered.
Status AllFailed(const ShardsAnswer& answer) {
  std::string failures;
  base::json::CompactWriter out(failures);
  WriteShardFailures(out, answer.failures);
  const Status& first = answer.failures.front().why;
  return Status(first.http_status(), "search_phase_execution_exception", "all shards failed")
      .With("phase", "query")
      .With("grouped", "true", true)
      .With("failed_shards", failures, true)
      .CausedBy(first);
}

void RespondCount(const RequestPtr& request, const Result<ShardsAnswer>& answer) {
  if (!answer.ok()) return request->Fail(answer.status());
  if (answer->successful == 0 && !answer->failures.empty())
    return request->Fail(AllFailed(*answer));
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.Field("count", answer->count);
    WriteShards(out, *answer, true);
    out.EndObject();
  });
}

Status Count(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node, {.forbid_closed = true}));
  request->AlsoKnows({"preference", "routing"});
  RETURN_IF_ERROR(request->CheckUnconsumed());
  StopWhenGone(request, request->task());
  auto count = [&node, request, names = std::move(names)](tasks::RunningTask task) {
    indices::Count(node, std::move(task), names, [request](const Result<ShardsAnswer>& answer) {
      RespondCount(request, answer);
    });
  };
  if (request->body().empty()) {
    count(request->TakeTask());
  } else {
    HandOver(
        node, request,
        [request](tasks::TaskContext& task) { return CheckCountBody(task, request->body()); },
        std::move(count));
  }
  return {};
}

}  // namespace

void AddIndexWorkRoutes(Router& router, actions::Node& node) {
  const auto bound = [&node](auto function) {
    return [&node, function](const RequestPtr& request) { return function(node, request); };
  };
  const Announce counting = AnnounceOnIndices(node, actions::names::kSearch);
  for (const char* prefix : {"", "/{index}"}) {
    const std::string at = prefix;
    router.Add("GET,POST", at + "/_refresh", bound(Refresh));
    router.Add("GET,POST", at + "/_flush", bound(Flush));
    router.Add("GET,POST", at + "/_count", counting, bound(Count), nullptr, TakesSource::kYes);
  }
}

}  // namespace rest::routes
