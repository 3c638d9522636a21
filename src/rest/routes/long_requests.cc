#include "rest/routes/long_requests.h"

#include <algorithm>
#include <ranges>

#include "rest/origin.h"
#include "rest/routes/tasks.h"
#include "tasks/run/stop_link.h"

namespace rest::routes {
namespace {

// Each about a millisecond's worth: bytes of patterns times names that they are held against, and
// bytes of metadata that are told.
constexpr std::size_t kLongNames = 500'000, kLargeMetadata = 1 << 20;
// What an answer says of an index, and of an alias, apart from its mapping.
constexpr std::size_t kIndexBytes = 1024, kAliasBytes = 64;

std::size_t NamesIn(const cluster::ClusterState& state) {
  std::size_t names = state.indices.size() + state.templates.index.size() +
                      state.templates.component.size() + state.templates.legacy.size();
  for (const auto& entry : state.indices) names += entry.second->aliases.size();
  return names;
}

std::size_t Bytes(const cluster::ClusterState& state) {
  std::size_t bytes = state.templates.bytes();
  for (const auto& entry : state.indices) {
    const cluster::IndexMetadata& index = *entry.second;
    bytes += kIndexBytes + index.mappings.size() + kAliasBytes * index.aliases.size();
  }
  return bytes;
}

bool ResolvesForLong(const actions::Node& node, const Request& request) {
  std::size_t bytes = 0;
  for (const char* parameter : {"index", "name", "alias"}) {
    const std::string* const text = request.Peek(parameter);
    if (text != nullptr && text->find_first_of("*,") != std::string::npos) bytes += text->size();
  }
  if (bytes == 0) return false;
  const cluster::StatePtr state = node.cluster.state();
  return bytes * NamesIn(*state) > kLongNames;
}

bool Reads(const Request& request) {
  return request.method() == "GET" || request.method() == "HEAD";
}

// Whether a segment of the route, not of what fills it, is one of `segments`.
bool Names(const Request& request, std::initializer_list<std::string_view> segments) {
  for (const auto segment : std::views::split(request.pattern(), '/')) {
    if (std::ranges::find(segments, std::string_view(segment.begin(), segment.end())) !=
        segments.end())
      return true;
  }
  return false;
}

// Patterns of fields are held against each field of each mapping.
bool ShowsManyFields(const Request& request, const cluster::ClusterState& state) {
  constexpr std::size_t kFieldBytes = 16;  // that a field has at least
  const std::string* const patterns = request.Peek("fields");
  return patterns != nullptr && Names(request, {"_mapping"}) &&
         patterns->size() * (Bytes(state) / kFieldBytes) > kLongNames;
}

// Documents, tasks and nodes have nothing to do with how much metadata there are.
bool TellsOfMetadata(const Request& request) {
  return Reads(request) && request.pattern() != "/" &&
         !Names(request,
                {"_doc", "_source", "_mget", "_tasks", "tasks", "_nodes", "_count", "_search"});
}

// A filter that takes long of every member of what is answered.
bool FiltersForLong(const Request& request) {
  constexpr std::size_t kLongFilter = 512;
  const std::string* const filter = request.Peek("filter_path");
  return Reads(request) && filter != nullptr && filter->size() > kLongFilter &&
         !Names(request, {"_tasks"});
}

// The action that it is shown as; none: it is answered at once.
std::string_view WhyLong(const actions::Node& node, const Request& request) {
  if (ResolvesForLong(node, request)) return kResolveIndex;
  if (FiltersForLong(request)) return kFilterAnswer;
  if (!TellsOfMetadata(request)) return {};
  const cluster::StatePtr state = node.cluster.state();
  const bool large = Bytes(*state) > kLargeMetadata || ShowsManyFields(request, *state);
  return large ? kReadMetadata : std::string_view();
}

base::Status RunElsewhere(actions::Node& node, const RequestPtr& request, const Route& route,
                          std::string_view action) {
  tasks::TaskSpec spec{.action = action};
  const std::string_view what = action == kResolveIndex   ? "names of ["
                                : action == kFilterAnswer ? "filtered answer to ["
                                                          : "metadata for [";
  spec.description = std::string(what) + request->path() + "]";
  if (request->task()) spec.parent = request->task()->id();
  spec.origin = OriginOf(request->head());
  ASSIGN_OR_RETURN(tasks::RunningTask task, node.registry.Register(std::move(spec)));
  const tasks::TaskPtr context = task.context();
  request->set_route_task(context);
  // A write that has arrived whole runs on without its client.
  if (Reads(*request)) StopWhenGone(request, context);
  std::shared_ptr<tasks::StopLink> link;  // from the task that the request is already
  if (request->task())
    link = std::make_shared<tasks::StopLink>(*request->task(), *context, node.loop);
  // Also if it was stopped in the queue, or there was no room in it.
  task->AtEnd([request, link](const tasks::End& end) {
    if (!end.error.ok()) request->FailBeforeWork(end.error);
  });
  node.pools.coordinator.Submit(std::move(task), [request, route](tasks::TaskContext& running) {
    const tasks::Phase phase(running, "answer");
    return tasks::End(route(request));
  });
  return {};
}

}  // namespace

Router::Run RunLongRequestsElsewhere(actions::Node& node) {
  return [&node](const RequestPtr& request, const Route& route) -> base::Status {
    const std::string_view action = WhyLong(node, *request);
    return action.empty() ? route(request) : RunElsewhere(node, request, route, action);
  };
}

}  // namespace rest::routes
