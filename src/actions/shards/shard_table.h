// actions/shards/shard_table.h
//
// The shards of this node: opened when the cluster state says that they live here, dropped when
// their index is deleted or they have moved to another node, closed with their index, refreshed
// once a second (index.refresh_interval).
//
// Lifetime: made by server/ after the store, before the cluster service starts. Threads: any.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "actions/shards/shard_activity.h"
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

  // What the store must contain. Before the first OnState(); without it nothing is checked.
  void UseLedger(journal::Ledger& ledger) { ledger_ = &ledger; }

  // The ClusterService's listener: opens and drops what changed. A shard that cannot be opened, or
  // lacks what the ledger says, is logged and stays unassigned.
  void OnState(const cluster::StatePtr& before, const cluster::StatePtr& now);

  // Null if it does not live here or could not be opened.
  std::shared_ptr<engine::Shard> Find(const std::string& index_uuid, int shard) const;
  std::vector<std::shared_ptr<engine::Shard>> OfIndex(const std::string& index_uuid) const;
  std::vector<std::shared_ptr<engine::Shard>> All() const;
  // Why a shard that lives here is not open; OK if it is, or does not live here.
  base::Status WhyNotOpen(const std::string& index_uuid, int shard) const;
  // All of those, by "<index uuid>/<shard>".
  std::map<std::string, std::string> Unopened() const;

  // Writes what `shards` contain now into the ledger. Waits for the disk.
  base::Status Remember(const std::vector<std::shared_ptr<engine::Shard>>& shards);

  // The mapping of an index as parsed last; null if the index is gone.
  std::shared_ptr<const engine::Mapping> MappingOf(const std::string& index_uuid) const;

  // What clients do with a shard. One that is no more here has counts that nobody sees.
  std::shared_ptr<ShardActivity> ActivityOf(const engine::Shard& shard) const;
  // Since it was opened here, and who waits for its refresh now.
  ActivityFigures FiguresOf(const engine::Shard& shard) const;

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
  using Opened = base::Result<std::shared_ptr<engine::Shard>>;
  Opened OpenShard(const cluster::IndexMetadata& index, int number,
                   const std::shared_ptr<engine::MappingPort>& mapping);
  Opened OpenChecked(const cluster::IndexMetadata& index, int number,
                     const std::shared_ptr<engine::MappingPort>& mapping);
  void Move(const cluster::IndexMetadata& index, int number, const std::string& local_id);
  void Remove(const cluster::IndexMetadata& index, const cluster::IndexMetadata* still,
              const std::string& local_id);
  void Drop(const cluster::IndexMetadata& index, const std::string& local_id);
  void DropLeftovers(const cluster::ClusterState& now);

  journal::NodeStore& store_;
  tasks::TaskRegistry& registry_;
  tasks::Loop& loop_;
  void DropUnopened(const cluster::IndexMetadata& index, int number, std::uint64_t key);
  void Forget(std::uint64_t key);
  void Discard(const cluster::IndexMetadata& index, std::uint64_t key);

  cluster::ClusterService* cluster_ = nullptr;
  journal::Ledger* ledger_ = nullptr;
  bool looked_for_leftovers_ = false;  // the listener's
  // The listener's: keys of data that were found and kept, by the index's uuid.
  std::multimap<std::string, std::uint64_t> strays_;
  StoreRuns store_runs_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace actions
