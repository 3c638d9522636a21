#include "actions/run_change.h"

#include <atomic>

#include "actions/state_ack.h"

namespace actions {

using base::Status;
using tasks::End;

void RunChange(Node& node, tasks::RunningTask task, std::function<Status(tasks::TaskContext&)> work,
               ChangeDone done) {
  const auto once = std::make_shared<std::atomic<bool>>(false);
  const ChangeDone tell = [once, done = std::move(done)](base::Result<Acknowledged> answer) {
    if (!once->exchange(true)) done(std::move(answer));
  };
  task->AtEnd([tell](const End& end) {
    if (!end.error.ok()) tell(end.error);
  });
  node.pools.generic.Hand(
      std::move(task), [&node, work = std::move(work), tell](tasks::RunningTask running) {
        Status status = work(*running);
        if (status.ok()) {
          return FinishWhenApplied(node, std::move(running),
                                   [tell](bool all) { tell(Acknowledged{.by_all = all}); });
        }
        // What is wrong with a body that nobody waits for any more is of no interest.
        if (Status stop = running->Checkpoint(); !stop.ok()) status = std::move(stop);
        std::move(running).Finish(End(std::move(status)));
      });
}

void RunChange(Node& node, tasks::TaskSpec spec, std::function<Status(tasks::TaskContext&)> work,
               ChangeDone done) {
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());
  RunChange(node, *std::move(task), std::move(work), std::move(done));
}

}  // namespace actions
