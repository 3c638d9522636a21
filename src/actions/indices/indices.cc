#include "actions/indices/indices.h"

#include "actions/shards/mapping_limits.h"
#include "cluster/index/index_blocks.h"

namespace actions::indices {

using base::Result;
using base::Status;

namespace {

void RunAdmin(Node& node, tasks::RunningTask task, std::vector<std::string> names,
              std::function<Status(tasks::TaskContext&)> work, Done done) {
  task->Describe({}, std::move(names));
  RunChange(node, std::move(task), std::move(work), std::move(done));
}

// What an update makes of mappings. Many indices often have the same one, which is merged once.
class Merging {
 public:
  Merging(const tasks::TaskContext& task, const std::string& update)
      : task_(task), update_(update) {}

  Result<std::string> Into(const cluster::IndexMetadata& index) {
    const engine::MappingLimits limits = MappingLimitsOf(index.settings);
    if (last_ && last_->limits == limits && last_->mappings == index.mappings) return last_->merged;
    ASSIGN_OR_RETURN(const auto now, engine::Mapping::Restore(index.mappings, limits));
    ASSIGN_OR_RETURN(const auto merged, now->Merge(task_, update_));
    last_ = Last{limits, index.mappings, merged->json()};
    return last_->merged;
  }

 private:
  struct Last {
    engine::MappingLimits limits;
    std::string mappings, merged;
  };

  const tasks::TaskContext& task_;
  const std::string& update_;
  std::optional<Last> last_;
};

Status MayChange(Node& node, const std::vector<std::string>& names, cluster::Access access) {
  return cluster::CheckBlocks(*node.cluster.state(), names, access);
}

}  // namespace

void Delete(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, Done done) {
  tasks::TaskSpec spec{.action = names::kDeleteIndex};
  spec.origin = std::move(origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());
  RunAdmin(
      node, *std::move(task), names,
      [&node, names](tasks::TaskContext& running) -> Status {
        RETURN_IF_ERROR(MayChange(node, names, cluster::Access::kDelete));
        return node.cluster.DeleteIndices(running, names);
      },
      std::move(done));
}

void PutMapping(Node& node, tasks::RunningTask task, std::vector<std::string> names,
                std::string body, Done done) {
  RunAdmin(
      node, std::move(task), names,
      [&node, names, body = std::move(body)](tasks::TaskContext& running) -> Status {
        RETURN_IF_ERROR(MayChange(node, names, cluster::Access::kChangeMetadata));
        Merging merging(running, body);
        return node.cluster.UpdateMappings(
            running, names,
            [&](const cluster::IndexMetadata& index) { return merging.Into(index); });
      },
      std::move(done));
}

void PutSettings(Node& node, tasks::RunningTask task, std::vector<std::string> names,
                 std::string body, bool preserve_existing, Done done) {
  RunAdmin(
      node, std::move(task), names,
      [&node, names, body = std::move(body),
       preserve_existing](tasks::TaskContext& running) -> Status {
        ASSIGN_OR_RETURN(const auto settings, cluster::ParseSettingsBody(running, body));
        if (!cluster::IsBlockAlone(settings))
          RETURN_IF_ERROR(MayChange(node, names, cluster::Access::kChangeMetadata));
        return node.cluster.UpdateIndexSettings(running, names, settings, preserve_existing);
      },
      std::move(done));
}

}  // namespace actions::indices
