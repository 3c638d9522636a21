#include "actions/tasks_cancel/cancel.h"

#include "actions/tasks_cancel/cancel_node.h"
#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/told_pages.h"

namespace actions::tasks_cancel {

using tasks_list::FanOut;
using tasks_list::ToldPages;

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

  std::optional<std::int64_t> timeout = node.settings.fanout_timeout_millis;
  if (request.wait && request.wait_millis < 0) timeout.reset();
  if (request.wait && timeout) *timeout += request.wait_millis;

  auto fan_out = std::make_shared<FanOut>(node, *std::move(task), state);
  FanOut::Question question{.action = names::kTasksCancelNode,
                            .nodes = std::move(targets),
                            .payload = Encode(request),
                            .timeout_millis = timeout};
  fan_out->Ask(std::move(question), [fan_out,
                                     done = std::move(done)](std::vector<FanOut::Answer> answers) {
    fan_out->Finish(tasks::End(), [pages = ToldPages::Make(fan_out->state(), std::move(answers)),
                                   done] { done(pages); });
  });
}

}  // namespace actions::tasks_cancel
