#include "actions/auto_create/auto_create.h"

#include "actions/indices/create_body.h"

namespace actions::auto_create {

namespace {

using base::Status;
using tasks::End;

End Create(Node& node, tasks::TaskContext& task, const std::string& name) {
  tasks::Phase phase(task, "create index");
  auto request = indices::MakeCreateRequest(task, *node.cluster.state(), name, "");
  if (!request.ok()) return End(request.status());
  auto created = node.cluster.CreateIndex(task, *std::move(request));
  const bool raced = created.status().type() == "resource_already_exists_exception";
  return End(raced ? Status() : created.status());
}

}  // namespace

void Register(Node& node) {
  node.action_table.Add(
      names::kAutoCreate,
      [](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        spec.type = tasks::TaskType::kTransport;
        spec.indices = {start.payload};
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        node.pools.generic.Submit(std::move(task), [&node, inbound](tasks::TaskContext& running) {
          return Create(node, running, inbound->request().payload);
        });
      });
}

std::vector<Status> CreateMissing(Node& node, tasks::TaskContext& task,
                                  const std::vector<std::string>& names) {
  std::vector<Status> made(names.size());
  tasks::ChildScope children(task);
  for (std::size_t i = 0; i < names.size(); ++i) {
    tasks::StartRequest start;
    start.action = names::kAutoCreate;
    start.payload = names[i];
    // Safe: the scope, which joins, is destroyed before `made`.
    const bool started = children.Start(
        node.self(), std::move(start),
        {.on_started = nullptr, .on_progress = nullptr, .on_end = [&made, i](const End& end) {
           made[i] = end.error;
         }});
    if (!started) made[i] = task.Checkpoint();
  }
  tasks::Waiting waiting(task, "index creation");
  children.Join().Ignore();  // each name has its own
  return made;
}

}  // namespace actions::auto_create
