#include "rest/routes/rethrottle.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "actions/tasks_cancel/rethrottle.h"
#include "base/text/strings.h"
#include "rest/origin.h"
#include "rest/task_answer.h"

namespace rest::routes {

using actions::tasks_list::TaskPagesPtr;
using base::Result;
using base::Status;

namespace {

Status Rethrottle(actions::Node& node, const RequestPtr& request) {
  const std::string text = request->String("task_id");
  ASSIGN_OR_RETURN(const tasks::TaskId id, tasks::TaskId::Parse(text));
  if (!id.set()) return base::IllegalArgument("malformed task id " + text);
  // Left out it means no throttling, as documented.
  ASSIGN_OR_RETURN(const float rate,
                   ParseRequestsPerSecond(request->String("requests_per_second", "-1")));
  static_cast<void>(rate);  // nothing that runs here has one
  TaskAnswer answer{.view = {.human = request->format().human}};
  const std::string group_by = request->String("group_by", "nodes");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(answer.group_by, ParseGroupBy(group_by));
  actions::tasks_cancel::Rethrottle(node, id, OriginOf(request->head()),
                                    [request, answer](Result<TaskPagesPtr> pages) {
                                      if (!pages.ok()) return request->Fail(pages.status());
                                      RespondTasks(request, *pages, answer);
                                    });
  return {};
}

}  // namespace

Result<float> ParseRequestsPerSecond(const std::string& text) {
  const Status refused = base::IllegalArgument(
      "[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.");
  const std::string trimmed(base::TrimAscii(text));
  char* end = nullptr;
  const float rate = std::strtof(trimmed.c_str(), &end);
  if (trimmed.empty() || *end != '\0') return refused.CausedBy(base::NumberFormat(text));
  if (rate == -1 || std::isnan(rate)) return std::numeric_limits<float>::infinity();
  if (rate <= 0) return refused;
  return rate;
}

void AddRethrottleRoutes(Router& router, actions::Node& node) {
  for (const std::string kind : {"_reindex", "_update_by_query", "_delete_by_query"}) {
    router.Add("POST", "/" + kind + "/{task_id}/_rethrottle",
               [&node](const RequestPtr& request) { return Rethrottle(node, request); });
  }
}

}  // namespace rest::routes
