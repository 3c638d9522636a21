#include "rest/routes/hand_over.h"

namespace rest::routes {

void HandOver(actions::Node& node, const RequestPtr& request,
              std::function<base::Status(tasks::TaskContext&)> read,
              std::function<void(tasks::RunningTask)> go) {
  tasks::RunningTask task = request->TakeTask();
  const auto gone = std::make_shared<bool>(false);  // from then on `go` answers
  task->AtEnd([request, gone](const tasks::End& end) {
    if (!*gone) request->Fail(end.error);
  });
  node.pools.coordinator.Hand(std::move(task), [read = std::move(read), go = std::move(go),
                                                gone](tasks::RunningTask running) {
    base::Status status;
    {
      const tasks::Phase phase(*running, "read body");
      status = read(*running);
    }
    if (!status.ok()) return std::move(running).Finish(tasks::End(std::move(status)));
    *gone = true;
    go(std::move(running));
  });
}

}  // namespace rest::routes
