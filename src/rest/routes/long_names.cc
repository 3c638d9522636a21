#include "rest/routes/long_names.h"

#include <algorithm>

#include "rest/origin.h"
#include "rest/routes/tasks.h"
#include "tasks/run/stop_link.h"

namespace rest::routes {
namespace {

// Bytes of patterns times names that they are held against; about a millisecond's worth.
constexpr std::size_t kLong = 500'000;

std::size_t Names(const cluster::ClusterState& state) {
  std::size_t names = state.indices.size() + state.templates.index.size() +
                      state.templates.component.size() + state.templates.legacy.size();
  for (const auto& entry : state.indices) names += entry.second->aliases.size();
  return names;
}

bool TakesLong(const actions::Node& node, const Request& request) {
  std::size_t bytes = 0;
  for (const char* parameter : {"index", "name"}) {
    const std::string* const text = request.Peek(parameter);
    if (text != nullptr && text->find_first_of("*,") != std::string::npos) bytes += text->size();
  }
  if (bytes == 0) return false;
  const cluster::StatePtr state = node.cluster.state();
  return bytes * Names(*state) > kLong;
}

base::Status RunElsewhere(actions::Node& node, const RequestPtr& request, const Route& route) {
  tasks::TaskSpec spec{.action = kResolveIndex};
  spec.description = "names of [" + request->path() + "]";
  if (request->task()) spec.parent = request->task()->id();
  spec.origin = OriginOf(request->head());
  ASSIGN_OR_RETURN(tasks::RunningTask task, node.registry.Register(std::move(spec)));
  const tasks::TaskPtr context = task.context();
  request->set_route_task(context);
  // A write that has arrived whole runs on without its client.
  if (request->method() == "GET" || request->method() == "HEAD") StopWhenGone(request, context);
  std::shared_ptr<tasks::StopLink> link;  // from the task that the request is already
  if (request->task())
    link = std::make_shared<tasks::StopLink>(*request->task(), *context, node.loop);
  // Also if it was stopped in the queue, or there was no room in it.
  task->AtEnd([request, link](const tasks::End& end) {
    if (!end.error.ok()) request->FailBeforeWork(end.error);
  });
  node.pools.coordinator.Submit(std::move(task), [request, route](tasks::TaskContext& running) {
    const tasks::Phase phase(running, "resolve names");
    return tasks::End(route(request));
  });
  return {};
}

}  // namespace

Router::Run RunLongNamesElsewhere(actions::Node& node) {
  return [&node](const RequestPtr& request, const Route& route) -> base::Status {
    return TakesLong(node, *request) ? RunElsewhere(node, request, route) : route(request);
  };
}

}  // namespace rest::routes
