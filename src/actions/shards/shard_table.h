// actions/shards/shard_table.h
//
// The shards of this node: opened when the cluster state says that they live here, dropped when
// their index is deleted or they have moved to another node, refreshed once a second
// (index.refresh_interval).
//
// Lifetime: made by server/ after the store, before the cluster service starts. Threads: any.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "actions/shards/store_runs.h"
#include "cluster/cluster_service.h"
#include "engine/shard/shard.h"
#include "tasks/run/loop.h"
#include "tasks/task_registry.h"

namespace actions {

class ShardTable {
 public:
  ShardTable(journal::NodeStore& store, tasks::TaskRegistry& registry, tasks::Loop& loop,
             const base::Clock& clock);
  ~ShardTable();

  // For Extend(): where mappings grow. Before the first OnState().
  void UseCluster(cluster::ClusterService& cluster) { cluster_ = &cluster; }

  // The ClusterService's listener: opens and drops what changed. An index that cannot be opened is
  // logged and stays unavailable.
  void OnState(const cluster::StatePtr& before, const cluster::StatePtr& now);

  // Null if it does not live here or could not be opened.
  std::shared_ptr<engine::Shard> Find(const std::string& index_uuid, int shard) const;
  std::vector<std::shared_ptr<engine::Shard>> OfIndex(const std::string& index_uuid) const;
  std::vector<std::shared_ptr<engine::Shard>> All() const;

  // The mapping of an index as parsed last; null if the index is gone.
  std::shared_ptr<const engine::Mapping> MappingOf(const std::string& index_uuid) const;

  // Refreshes what has been written, and lets go who waited for that.
  void Refresh(const std::shared_ptr<engine::Shard>& shard);

  // Runs `seen` when `shard` has been refreshed at or past `seq_no`: at once, by the next refresh,
  // asked for or scheduled (refresh=wait_for), or when the index goes away. Holds no thread.
  void WhenRefreshed(const std::shared_ptr<engine::Shard>& shard, std::int64_t seq_no,
                     std::function<void()> seen);

  void Stop();

 private:
  struct Impl;
  void Open(const cluster::IndexMetadata& index, const std::string& local_id);
  void Change(const cluster::IndexMetadata& index, const std::string& local_id);
  std::shared_ptr<engine::Shard> OpenShard(const cluster::IndexMetadata& index, int number,
                                           const std::shared_ptr<engine::MappingPort>& mapping);
  void Move(const cluster::IndexMetadata& index, int number, const std::string& local_id);
  void Close(const cluster::IndexMetadata& index, const std::string& local_id, bool drop);
  void DropLeftovers(const cluster::ClusterState& now);

  journal::NodeStore& store_;
  tasks::TaskRegistry& registry_;
  tasks::Loop& loop_;
  const base::Clock& clock_;
  cluster::ClusterService* cluster_ = nullptr;
  bool looked_for_leftovers_ = false;  // the listener's
  StoreRuns store_runs_;
  std::unique_ptr<Impl> impl_;
};

// index.max_document_bytes
std::uint64_t MaxDocumentBytes(const cluster::IndexMetadata& index);

}  // namespace actions
