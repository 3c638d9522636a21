#include "rest/routes/tasks_history.h"

#include "actions/tasks_history/history.h"
#include "actions/tasks_list/task_json.h"
#include "rest/origin.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

using base::Status;
using base::json::Writer;

namespace {

namespace history = actions::tasks_history;

constexpr std::int32_t kMaxSize = 1000;

void Write(Writer& out, const history::HistoryAnswer& answer, bool human, bool extended) {
  out.BeginObject();
  actions::tasks_list::WriteFailures(out, answer.failures,
                                     actions::tasks_list::EmptyNodeFailures::kLeaveOut);
  out.ArrayField("tasks");
  for (const tasks::TaskInfo& info : answer.tasks)
    actions::tasks_list::WriteTask(out, info, {.human = human, .extended = extended});
  out.EndArray();
  out.EndObject();
}

Status History(actions::Node& node, const RequestPtr& request) {
  history::HistoryRequest asked;
  ASSIGN_OR_RETURN(asked.filter, ReadTaskFilter(*request));
  if (!asked.filter.index.empty()) {
    return base::IllegalArgument("the history does not know [index], filter by [description]");
  }
  if (request->Has("cancelled")) {
    ASSIGN_OR_RETURN(asked.cancelled, request->Bool("cancelled"));
  }
  asked.nodes = request->List("nodes");
  ASSIGN_OR_RETURN(const std::int32_t from, request->Int("from", 0));
  ASSIGN_OR_RETURN(const std::int32_t size, request->Int("size", 100));
  ASSIGN_OR_RETURN(const bool extended, request->Bool("extended", true));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (from < 0) return base::IllegalArgument("[from] parameter cannot be negative");
  if (size < 0 || size > kMaxSize) {
    return base::IllegalArgument("[size] must be between 0 and " + std::to_string(kMaxSize) +
                                 " but was [" + std::to_string(size) + "]");
  }
  constexpr auto kWindow = static_cast<std::int32_t>(history::kMaxWindow);
  if (from > kWindow - size) {
    return base::IllegalArgument("[from] and [size] together must be at most " +
                                 std::to_string(kWindow) + ", which is what a node keeps");
  }
  asked.from = static_cast<std::size_t>(from);
  asked.size = static_cast<std::size_t>(size);
  asked.origin = OriginOf(request->head());
  request->MustAnswer();
  history::Find(
      node, std::move(asked), [request, extended](base::Result<history::HistoryAnswer> answer) {
        if (!answer.ok()) return request->Fail(answer.status());
        request->Respond(
            200, [&](Writer& out) { Write(out, *answer, request->format().human, extended); });
      });
  return {};
}

}  // namespace

void AddTaskHistoryRoutes(Router& router, actions::Node& node) {
  router.Add("GET", "/_tasks/_history",
             [&node](const RequestPtr& request) { return History(node, request); });
}

}  // namespace rest::routes
