#include "tasks/task_filter.h"

#include <algorithm>

#include "base/text/strings.h"

namespace tasks {

namespace {

// What never changes of a task, of a TaskSpec or a TaskInfo.
template <typename Task>
bool MatchesFixed(const TaskFilter& filter, const Task& task, const Origin* origin) {
  if (filter.background && *filter.background != (task.task_class == TaskClass::kBackground))
    return false;
  if (!filter.actions.empty() && !base::GlobMatchAny(filter.actions, task.action)) return false;
  if (filter.parent.set() && task.parent != filter.parent) return false;
  if (!filter.x_opaque_id.empty() &&
      (origin == nullptr || origin->Header("X-Opaque-Id") != filter.x_opaque_id))
    return false;
  return filter.user.empty() || (origin != nullptr && origin->IsFrom(filter.user));
}

bool MatchesDescription(const TaskFilter& filter, const std::optional<std::string>& shown) {
  return shown && base::GlobMatch(filter.description, *shown);
}

bool MatchesIndex(const TaskFilter& filter, std::span<const std::string> indices) {
  return std::ranges::any_of(
      indices, [&](const std::string& name) { return base::GlobMatch(filter.index, name); });
}

// `indices:admin/flush[s]` is a step of `indices:admin/flush`.
std::string_view WithoutStep(std::string_view action) { return action.substr(0, action.find('[')); }

}  // namespace

bool TaskFilter::Matches(const TaskContext& task) const {
  const TaskSpec& spec = task.spec();
  return MatchesFixed(*this, spec, spec.origin.get()) &&
         (description.empty() || MatchesDescription(*this, task.description())) &&
         (index.empty() || MatchesIndex(*this, task.indices())) &&
         (min_running_nanos <= 0 || task.running_nanos() >= min_running_nanos);
}

bool TaskFilter::Matches(const TaskInfo& info, std::span<const std::string> indices) const {
  return MatchesFixed(*this, info, info.origin.get()) &&
         (description.empty() || MatchesDescription(*this, info.description)) &&
         (index.empty() || MatchesIndex(*this, indices)) &&
         (min_running_nanos <= 0 || info.running_nanos >= min_running_nanos);
}

bool TaskFilter::MatchesForCancel(const TaskContext& task) const {
  if (!task.spec().cancellable || !Matches(task)) return false;
  if (background || task.spec().task_class == TaskClass::kClient) return true;
  const std::string_view name = WithoutStep(task.spec().action);
  return std::ranges::any_of(actions, [&](const std::string& pattern) {
    const std::size_t literal = std::min(pattern.find('*'), pattern.size());
    return literal >= name.size() && base::GlobMatch(pattern, task.spec().action);
  });
}

}  // namespace tasks
