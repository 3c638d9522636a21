#include "tasks/task_filter.h"

#include <algorithm>

#include "base/text/strings.h"

namespace tasks {

namespace {

std::string_view OpaqueId(const TaskSpec& spec) {
  return spec.origin ? spec.origin->Header("X-Opaque-Id") : std::string_view();
}

// `indices:admin/flush[s]` is a step of `indices:admin/flush`.
std::string_view WithoutStep(std::string_view action) { return action.substr(0, action.find('[')); }

}  // namespace

bool TaskFilter::Matches(const TaskContext& task) const {
  const TaskSpec& spec = task.spec();
  if (background && *background != (spec.task_class == TaskClass::kBackground)) return false;
  if (!actions.empty() && !base::GlobMatchAny(actions, spec.action)) return false;
  if (parent.set() && spec.parent != parent) return false;
  if (!x_opaque_id.empty() && OpaqueId(spec) != x_opaque_id) return false;
  if (!user.empty() && !(spec.origin && spec.origin->IsFrom(user))) return false;
  if (!description.empty()) {
    const auto shown = task.description();
    if (!shown || !base::GlobMatch(description, *shown)) return false;
  }
  if (!index.empty()) {
    const auto indices = task.indices();
    if (std::ranges::none_of(
            indices, [this](const std::string& name) { return base::GlobMatch(index, name); }))
      return false;
  }
  return min_running_nanos <= 0 || task.running_nanos() >= min_running_nanos;
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
