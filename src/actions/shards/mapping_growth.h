// actions/shards/mapping_growth.h
//
// The mapping of one index as its shards see it, and the way it grows: through the cluster, as a
// task of its own (indices:admin/mapping/auto_put).
//
// Lifetime: shared by the shard table and the index's shards. Threads: any.

#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "cluster/cluster_service.h"
#include "engine/shard/shard.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace actions {

class MappingGrowth final : public engine::MappingPort {
 public:
  MappingGrowth(const cluster::IndexMetadata& index, std::shared_ptr<const engine::Mapping> mapping,
                tasks::TaskRegistry& registry, tasks::Loop& loop, cluster::ClusterService* cluster)
      : index_(index.name),
        index_uuid_(index.uuid),
        registry_(registry),
        loop_(loop),
        cluster_(cluster),
        mapping_(std::move(mapping)) {}

  std::shared_ptr<const engine::Mapping> current() const override;
  base::Result<std::shared_ptr<const engine::Mapping>> Extend(tasks::TaskContext& task,
                                                              const std::string& update) override;
  // What the cluster has agreed on; read, unless it is what is here or was proposed here.
  void Follow(const std::string& json, const engine::MappingLimits& limits);

 private:
  struct Merged {
    std::shared_ptr<const engine::Mapping> before, wanted;
  };
  // The index's mapping with `update`: `made.wanted`, if it is still of `made.before`.
  base::Result<std::shared_ptr<const engine::Mapping>> Propose(tasks::TaskContext& task,
                                                               const cluster::IndexMetadata& index,
                                                               const std::string& update,
                                                               const Merged& made);

  const std::string index_, index_uuid_;
  tasks::TaskRegistry& registry_;
  tasks::Loop& loop_;
  cluster::ClusterService* const cluster_;  // may be null
  mutable std::mutex mutex_;
  std::shared_ptr<const engine::Mapping> mapping_;   // guarded by mutex_
  std::shared_ptr<const engine::Mapping> proposed_;  // guarded by mutex_; may become mapping_
};

}  // namespace actions
