#include "rest/routes/tasks.h"

#include <algorithm>

#include "actions/live_settings.h"
#include "actions/tasks_cancel/cancel.h"
#include "actions/tasks_results/index_result_store.h"
#include "base/text/strings.h"
#include "rest/origin.h"
#include "rest/routes/rethrottle.h"
#include "rest/routes/strict_clients.h"
#include "rest/routes/tasks_history.h"
#include "rest/routes/tasks_stream.h"
#include "rest/task_answer.h"

namespace rest::routes {

using actions::tasks_cancel::CancelRequest;
using actions::tasks_get::GetAnswer;
using actions::tasks_get::GetRequest;
using actions::tasks_get::ResultStorePtr;
using actions::tasks_list::ListRequest;
using actions::tasks_list::TaskPagesPtr;
using actions::tasks_results::WriteStored;
using base::Result;
using base::Status;
using base::TimeValue;
using base::json::Writer;

namespace {

Status List(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(ListRequest list, ReadListRequest(*request));
  TaskAnswer answer{.view = {.human = request->format().human}};
  ASSIGN_OR_RETURN(answer.view.extended, request->Bool("extended"));
  const std::string group_by = request->String("group_by", "nodes");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(answer.group_by, ParseGroupBy(group_by));
  const auto task = actions::tasks_list::List(node, std::move(list),
                                              [request, answer](Result<TaskPagesPtr> pages) {
                                                if (!pages.ok())
                                                  return request->Fail(pages.status());
                                                RespondTasks(request, *pages, answer);
                                              });
  StopWhenGone(request, task);
  return {};
}

Status Get(actions::Node& node, const ResultStorePtr& results, const RequestPtr& request) {
  GetRequest get{.id = {}, .origin = OriginOf(request->head())};
  ASSIGN_OR_RETURN(get.id, tasks::TaskId::Parse(request->String("task_id")));
  ASSIGN_OR_RETURN(get.wait, request->Bool("wait_for_completion"));
  ASSIGN_OR_RETURN(const TimeValue timeout, request->Time("timeout", TimeValue::Seconds(30)));
  get.wait_millis = timeout.millis();
  actions::tasks_list::TaskView view{.human = request->format().human};
  ASSIGN_OR_RETURN(view.extended, request->Bool("extended"));
  RETURN_IF_ERROR(request->CheckUnconsumed());
  request->MustAnswer();
  const auto task = actions::tasks_get::Get(node, results, std::move(get),
                                            [request, view](Result<GetAnswer> got) {
                                              if (!got.ok()) return request->Fail(got.status());
                                              request->Respond(200, [&](Writer& out) {
                                                if (got->stored)
                                                  return WriteStored(out, *got->stored, view.human);
                                                out.BeginObject();
                                                out.Field("completed", got->completed);
                                                out.Key("task");
                                                WriteTask(out, *got->info, view);
                                                out.EndObject();
                                              });
                                            });
  StopWhenGone(request, task);
  return {};
}

// `POST /_tasks//_cancel`: an empty variable in a client's URL must not mean every task.
bool HasEmptyId(std::string_view raw) {
  raw = raw.substr(0, raw.find('?'));
  return raw.find("/_tasks//") != raw.npos;
}

Status NamesNothing(std::string_view name, const std::string& text) {
  return base::IllegalArgument("[" + std::string(name) + "] names nothing but was [" + text +
                               "], leave it out to mean all");
}

// A filter that says nothing would mean every task. OpenSearch's lists may be empty, as they may
// there, but not commas alone; ours have to say something.
Status CheckFiltersName(Request& request) {
  for (const std::string_view name : {"nodes", "actions"}) {
    const std::string* const text = request.Find(name);
    if (text != nullptr && !text->empty() && base::SplitList(*text).empty())
      return NamesNothing(name, *text);
  }
  for (const std::string_view name : {"description", "index", "user", "x_opaque_id"}) {
    const std::string* const text = request.Find(name);
    if (text != nullptr && text->empty()) return NamesNothing(name, *text);
  }
  return {};
}

Result<CancelRequest> ReadCancel(Request& request) {
  CancelRequest cancel;
  if (HasEmptyId(request.head().target.raw)) {
    return base::IllegalArgument("malformed task id : it is empty");
  }
  if (const std::string* id = request.Find("task_id")) {
    ASSIGN_OR_RETURN(cancel.id, tasks::TaskId::Parse(*id));
    if (!cancel.id.set()) return base::IllegalArgument("malformed task id " + *id);
  }
  cancel.nodes = request.List("nodes");
  RETURN_IF_ERROR(CheckFiltersName(request));
  ASSIGN_OR_RETURN(cancel.filter, ReadTaskFilter(request));
  ASSIGN_OR_RETURN(cancel.wait, request.Bool("wait_for_completion"));
  ASSIGN_OR_RETURN(const TimeValue timeout,
                   request.Time("timeout", TimeValue::Millis(cancel.wait_millis)));
  cancel.wait_millis = timeout.millis();
  ASSIGN_OR_RETURN(cancel.dry_run, request.Bool("dry_run"));
  ASSIGN_OR_RETURN(cancel.strict, request.Bool("strict"));
  cancel.reason = request.String("reason", cancel.reason);
  cancel.origin = OriginOf(request.head());
  return cancel;
}

actions::StatusFormat CancelStatusFor(const Request& request, const actions::Node& node) {
  const actions::StatusFormat format = actions::CancelStatusFormat(node);
  const std::string* const agent = request.Header("User-Agent");
  const bool unreadable = agent != nullptr && CannotReadTextStatus(*agent);
  return format == actions::StatusFormat::kAuto && unreadable ? actions::StatusFormat::kNone
                                                              : format;
}

Status Cancel(actions::Node& node, const RequestPtr& request) {
  ASSIGN_OR_RETURN(CancelRequest cancel, ReadCancel(*request));
  TaskAnswer answer{.view = {.human = request->format().human,
                             .cancel_answer = true,
                             .cancel_status = CancelStatusFor(*request, node)},
                    .cancel = true};
  ASSIGN_OR_RETURN(answer.view.extended, request->Bool("extended"));
  const std::string group_by = request->String("group_by", "nodes");
  RETURN_IF_ERROR(request->CheckUnconsumed());
  ASSIGN_OR_RETURN(answer.group_by, ParseGroupBy(group_by));
  actions::tasks_cancel::Cancel(node, std::move(cancel),
                                [request, answer](Result<TaskPagesPtr> pages) {
                                  if (!pages.ok()) return request->Fail(pages.status());
                                  RespondTasks(request, *pages, answer);
                                });
  return {};
}

}  // namespace

Result<tasks::TaskFilter> ReadTaskFilter(Request& request) {
  tasks::TaskFilter filter;
  filter.actions = request.List("actions");
  if (const std::string parent = request.String("parent_task_id"); parent != "-1") {
    ASSIGN_OR_RETURN(filter.parent, tasks::TaskId::Parse(parent));
  }
  if (!filter.parent.set()) filter.parent = {};
  filter.description = request.String("description");
  filter.x_opaque_id = request.String("x_opaque_id");
  filter.index = request.String("index");
  filter.user = request.String("user");
  ASSIGN_OR_RETURN(const TimeValue running, request.Time("min_running_time", TimeValue()));
  filter.min_running_nanos = running.nanos();
  if (request.Has("background")) {
    ASSIGN_OR_RETURN(filter.background, request.Bool("background"));
  }
  return filter;
}

Result<ListRequest> ReadListRequest(Request& request) {
  ListRequest list;
  ASSIGN_OR_RETURN(list.detailed, request.Bool("detailed"));
  list.nodes = request.List("nodes");
  ASSIGN_OR_RETURN(list.filter, ReadTaskFilter(request));
  ASSIGN_OR_RETURN(list.wait, request.Bool("wait_for_completion"));
  ASSIGN_OR_RETURN(const TimeValue timeout, request.Time("timeout", TimeValue()));
  // -1 is over at once, as in OpenSearch.
  if (request.Has("timeout")) list.timeout_millis = std::max<std::int64_t>(timeout.millis(), 0);
  list.origin = OriginOf(request.head());
  return list;
}

void StopWhenGone(const RequestPtr& request, const tasks::TaskPtr& task) {
  if (task == nullptr) return;
  request->exchange()->OnClientGone([weak = std::weak_ptr(task)] {
    if (const tasks::TaskPtr held = weak.lock()) held->RequestStop(ClientGoneStop());
  });
}

void AddTaskRoutes(Router& router, actions::Node& node) {
  AddTaskRoutes(router, node, std::make_shared<actions::tasks_results::IndexResultStore>(node));
}

void AddTaskRoutes(Router& router, actions::Node& node, ResultStorePtr results) {
  router.Add("GET", "/_tasks", [&node](const RequestPtr& request) { return List(node, request); });
  router.Add("GET", "/_tasks/{task_id}",
             [&node, results](const RequestPtr& request) { return Get(node, results, request); });
  const Route cancel = [&node](const RequestPtr& request) { return Cancel(node, request); };
  router.Add("POST", "/_tasks/_cancel", cancel);
  router.Add("POST", "/_tasks/{task_id}/_cancel", cancel);
  AddTaskHistoryRoutes(router, node);
  AddTaskStreamRoute(router, node);
  AddRethrottleRoutes(router, node);
}

}  // namespace rest::routes
