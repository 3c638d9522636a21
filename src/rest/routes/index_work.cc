// _refresh, _flush and _count.

#include "actions/indices/indices.h"
#include "rest/origin.h"
#include "rest/routes/announce.h"
#include "rest/routes/hand_over.h"
#include "rest/routes/indices.h"
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
  out.Field("failed", answer.failed);
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
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  indices::Refresh(node, OriginOf(request->head()), std::move(names),
                   [request](const auto& answer) { RespondShards(request, answer); });
  return {};
}

Status Flush(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node));
  RETURN_IF_ERROR(request->Bool("force", false).status());
  RETURN_IF_ERROR(request->Bool("wait_if_ongoing", true).status());
  RETURN_IF_ERROR(request->CheckUnconsumed());
  indices::Flush(node, OriginOf(request->head()), std::move(names),
                 [request](const auto& answer) { RespondShards(request, answer); });
  return {};
}

// Nothing, or a match_all: what can be counted without a search.
Status CheckCountBody(tasks::TaskContext& task, const std::string& body) {
  ASSIGN_OR_RETURN(const auto document, ParseBody(task, body));
  for (const auto& [key, value] : document.root().members()) {
    if (key != "query")
      return {400, "parsing_exception", "request does not support [" + std::string(key) + "]"};
    for (const auto& [query, how] : value->members()) {
      if (query != "match_all")
        return base::IllegalArgument("[_count] with a [" + std::string(query) +
                                     "] query is not supported by this version, only [match_all]");
    }
  }
  return {};
}

void RespondCount(const RequestPtr& request, const Result<ShardsAnswer>& answer) {
  if (!answer.ok()) return request->Fail(answer.status());
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.Field("count", answer->count);
    WriteShards(out, *answer, true);
    out.EndObject();
  });
}

Status Count(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(auto names, ResolveIndexParam(*request, node));
  request->AlsoKnows({"preference", "routing", "ignore_throttled"});
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
    router.Add("GET,POST", at + "/_count", counting, bound(Count));
  }
}

}  // namespace rest::routes
