#include "actions/tasks_cancel/cancel.h"

#include "actions/live_settings.h"
#include "actions/tasks_cancel/cancel_node.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/told_pages.h"

namespace actions::tasks_cancel {

using tasks_list::FanOut;
using tasks_list::ToldPages;

namespace {

base::Status WhyNothing(const std::vector<tasks_list::NodeFailure>& failures) {
  if (failures.empty()) return base::ResourceNotFound("no task matches");
  const base::Status& why = failures.front().why;
  if (why.type() != "no_such_node_exception") return why;
  return base::Status(404, why.type(), why.reason()).With("node_id", failures.front().node_id);
}

tasks::StoppedOthers StoppedBy(const ToldPages& pages) {
  tasks::StoppedOthers stopped;
  pages.ForEach([&stopped](const tasks::TaskInfo& info) {
    if (stopped.tasks.size() < tasks::StoppedOthers::kNamed) stopped.tasks.push_back(info.id);
    ++stopped.count;
  });
  return stopped;
}

}  // namespace

void Cancel(Node& node, CancelRequest request, CancelDone done) {
  if (request.id.set() && !request.nodes.empty()) {
    return done(base::ValidationFailed("task id cannot be used together with node ids"));
  }
  const cluster::StatePtr state = node.cluster.state();
  std::vector<std::string> targets = {request.id.node};
  if (!request.id.set()) {
    auto resolved = cluster::ResolveNodes(*state, request.nodes);
    if (!resolved.ok()) return done(resolved.status());
    targets = *std::move(resolved);
  }

  tasks::TaskSpec spec;
  spec.action = names::kTasksCancel;
  spec.cancellable = false;
  spec.not_cancellable_because = kIsACancel;
  spec.description = Describe(request);
  spec.origin = request.origin;
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());

  std::optional<std::int64_t> timeout = FanoutTimeoutMillis(node);
  if (request.wait && request.wait_millis < 0) timeout.reset();
  if (request.wait && timeout) *timeout += request.wait_millis;

  auto fan_out = std::make_shared<FanOut>(node, *std::move(task), state);
  FanOut::Question question{.action = names::kTasksCancelNode,
                            .nodes = std::move(targets),
                            .payload = Encode(request),
                            .timeout_millis = timeout};
  fan_out->Ask(std::move(question),
               [fan_out, done = std::move(done), strict = request.strict,
                stops = !request.dry_run](std::vector<FanOut::Answer> answers) {
                 const auto pages = ToldPages::Make(fan_out->state(), std::move(answers));
                 if (stops && !pages->Empty()) fan_out->task()->TellStopped(StoppedBy(*pages));
                 fan_out->Finish(tasks::End(), [pages, done, strict] {
                   if (strict && pages->Empty()) return done(WhyNothing(pages->failures().nodes));
                   done(tasks_list::TaskPagesPtr(pages));
                 });
               });
}

}  // namespace actions::tasks_cancel
