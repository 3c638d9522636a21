#include "rest/routes/tasks_history.h"

#include "actions/tasks_list/task_json.h"
#include "base/text/strings.h"
#include "rest/routes/tasks.h"

namespace rest::routes {

using base::Status;
using base::json::Writer;

namespace {

constexpr std::int32_t kMaxSize = 1000;

bool Matches(const tasks::TaskInfo& info, const tasks::TaskFilter& filter,
             std::optional<bool> cancelled) {
  if (!filter.actions.empty() && !base::GlobMatchAny(filter.actions, info.action)) return false;
  if (filter.parent.set() && info.parent != filter.parent) return false;
  if (cancelled && *cancelled != info.cancelled) return false;
  if (filter.background &&
      *filter.background != (info.task_class == tasks::TaskClass::kBackground)) {
    return false;
  }
  const tasks::Origin nobody;
  const tasks::Origin& origin = info.origin ? *info.origin : nobody;
  if (!filter.x_opaque_id.empty() && origin.Header("X-Opaque-Id") != filter.x_opaque_id) {
    return false;
  }
  if (!filter.user.empty() && !origin.IsFrom(filter.user)) return false;
  if (!filter.description.empty() &&
      !base::GlobMatch(filter.description, info.description.value_or(""))) {
    return false;
  }
  return info.running_nanos >= filter.min_running_nanos;
}

Status History(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(const tasks::TaskFilter filter, ReadTaskFilter(*request));
  if (!filter.index.empty()) {
    return base::IllegalArgument("the history does not know [index], filter by [description]");
  }
  std::optional<bool> cancelled;
  if (request->Has("cancelled")) {
    ASSIGN_OR_RETURN(cancelled, request->Bool("cancelled"));
  }
  ASSIGN_OR_RETURN(const std::int32_t from, request->Int("from", 0));
  ASSIGN_OR_RETURN(const std::int32_t size, request->Int("size", 100));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  if (from < 0) return base::IllegalArgument("[from] parameter cannot be negative");
  if (size < 0 || size > kMaxSize) {
    return base::IllegalArgument("[size] must be between 0 and " + std::to_string(kMaxSize) +
                                 " but was [" + std::to_string(size) + "]");
  }
  const std::vector<tasks::TaskInfo> found = node.history.Query(
      [&](const tasks::TaskInfo& info) { return Matches(info, filter, cancelled); },
      static_cast<std::size_t>(from), static_cast<std::size_t>(size));
  request->Respond(200, [&](Writer& out) {
    out.BeginObject();
    out.ArrayField("tasks");
    for (const tasks::TaskInfo& info : found) {
      actions::tasks_list::WriteTask(out, info,
                                     {.human = request->format().human, .extended = true});
    }
    out.EndArray();
    out.EndObject();
  });
  return {};
}

}  // namespace

void AddTaskHistoryRoutes(Router& router, actions::Node& node) {
  router.Add("GET", "/_tasks/_history",
             [&node](const RequestPtr& request) { return History(node, request); });
}

}  // namespace rest::routes
