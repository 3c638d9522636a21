#include "actions/shards/mapping_growth.h"

#include <utility>

#include "actions/node.h"
#include "actions/shards/mapping_limits.h"
#include "tasks/run/stop_link.h"

namespace actions {

using engine::Mapping;
using MappingPtr = std::shared_ptr<const Mapping>;

namespace {

base::Result<MappingPtr> Restored(const Mapping& before, const std::string& json,
                                  const engine::MappingLimits& limits) {
  return before.limits() == limits ? before.Follow(json) : Mapping::Restore(json, limits);
}

}  // namespace

MappingPtr MappingGrowth::current() const {
  std::lock_guard lock(mutex_);
  return mapping_;
}

void MappingGrowth::Follow(const std::string& json, const engine::MappingLimits& limits) {
  const auto is_it = [&](const MappingPtr& mapping) {
    return mapping && mapping->limits() == limits && mapping->json() == json;
  };
  MappingPtr agreed;  // then the one before, which may be large: it goes outside our lock
  MappingPtr before;
  {
    std::lock_guard lock(mutex_);
    if (is_it(mapping_)) return;
    agreed = std::exchange(proposed_, nullptr);
    before = mapping_;
  }
  if (!is_it(agreed)) {
    auto restored = Restored(*before, json, limits);
    if (!restored.ok()) return;
    agreed = *std::move(restored);
  }
  std::lock_guard lock(mutex_);
  mapping_.swap(agreed);
}

// While it is our turn to change the cluster, so what is proposed here is the next to be agreed on.
base::Result<MappingPtr> MappingGrowth::Propose(tasks::TaskContext& task,
                                                const cluster::IndexMetadata& index,
                                                const std::string& update, const Merged& made) {
  const engine::MappingLimits limits = MappingLimitsOf(index.settings);
  MappingPtr base = current();
  if (base->limits() != limits || base->json() != index.mappings) {
    ASSIGN_OR_RETURN(base, Restored(*base, index.mappings, limits));
  }
  MappingPtr merged = made.wanted;
  if (base != made.before) {
    ASSIGN_OR_RETURN(merged, base->Merge(task, update));
  }
  MappingPtr other = merged;
  std::lock_guard lock(mutex_);
  proposed_.swap(other);
  return merged;
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
        ASSIGN_OR_RETURN(const MappingPtr merged, Propose(*put, now, update, {before, wanted}));
        return merged->json();
      },
      index_uuid_);
  std::move(put).Finish(tasks::End(extended.status()));
  RETURN_IF_ERROR(extended.status());
  // The table has heard of the new state before this was answered.
  return current();
}

}  // namespace actions
