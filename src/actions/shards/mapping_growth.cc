#include "actions/shards/mapping_growth.h"

#include "actions/node.h"
#include "actions/shards/mapping_limits.h"
#include "tasks/run/stop_link.h"

namespace actions {

using engine::Mapping;
using MappingPtr = std::shared_ptr<const Mapping>;

MappingPtr MappingGrowth::current() const {
  std::lock_guard lock(mutex_);
  return mapping_;
}

void MappingGrowth::Set(MappingPtr mapping) {
  std::lock_guard lock(mutex_);
  mapping_ = std::move(mapping);
}

base::Result<MappingPtr> MappingGrowth::Extend(tasks::TaskContext& task,
                                               const std::string& update) {
  const MappingPtr before = current();
  ASSIGN_OR_RETURN(const MappingPtr wanted, before->Merge(task, update));
  if (wanted->json() == before->json()) return before;  // somebody else has added them
  if (!cluster_) return base::Internal("there is no cluster to extend a mapping in");

  tasks::TaskSpec spec;
  spec.action = names::kAutoPutMapping;
  spec.task_class = task.spec().task_class;
  spec.parent = task.id();
  spec.origin = task.spec().origin;
  spec.indices = {index_};
  ASSIGN_OR_RETURN(tasks::RunningTask put, registry_.Register(std::move(spec)));
  // A leaf owns no children: this one is worked on right here.
  const tasks::StopLink link(task, *put, loop_);
  auto extended = cluster_->UpdateMapping(
      *put, index_,
      [&](const cluster::IndexMetadata& now) -> base::Result<std::string> {
        ASSIGN_OR_RETURN(const MappingPtr restored,
                         Mapping::Restore(now.mappings, MappingLimitsOf(now.settings)));
        ASSIGN_OR_RETURN(const MappingPtr merged, restored->Merge(*put, update));
        return merged->json();
      },
      index_uuid_);
  std::move(put).Finish(tasks::End(extended.status()));
  RETURN_IF_ERROR(extended.status());
  // The table has heard of the new state before this was answered.
  return current();
}

}  // namespace actions
