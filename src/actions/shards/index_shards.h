// actions/shards/index_shards.h
//
// One index with the shards of it that live on this node, and how they are refreshed.
//
// Lifetime: made by the ShardTable, shared with its refresher and with running work. Threads: any.

#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actions/shards/mapping_growth.h"
#include "actions/shards/shard_activity.h"
#include "actions/shards/shard_options.h"
#include "engine/shard/shard.h"
#include "tasks/task_registry.h"

namespace actions {

using ShardPtr = std::shared_ptr<engine::Shard>;

// What waits for a refresh of one shard.
struct RefreshWaiter {
  ShardPtr shard;
  std::int64_t seq_no;
  std::function<void()> seen;
};

// One index with the shards of it that live here.
struct IndexShards {
  std::string name;
  std::shared_ptr<MappingGrowth> mapping;  // constant
  std::vector<std::uint64_t> keys;         // the listener's; 0: the shard lives elsewhere
  std::vector<std::int64_t> terms;         // the listener's
  std::atomic<std::int64_t> refresh_nanos{kUsualRefreshNanos};
  std::atomic<std::uint64_t> schedule{0};  // grows with each change of it
  std::mutex mutex;
  std::vector<ShardPtr> shards;        // guarded by mutex; null: not here, or not to be opened
  std::vector<base::Status> failures;  // guarded by mutex; by shard, why it could not be opened
  std::vector<std::shared_ptr<ShardActivity>> activity;  // guarded by mutex; by shard
  std::vector<RefreshWaiter> waiters;                    // guarded by mutex
  bool gone = false;                                     // guarded by mutex

  ShardPtr Find(std::size_t number) {
    std::lock_guard lock(mutex);
    return number < shards.size() ? shards[number] : nullptr;
  }
  // Those that are here.
  std::vector<ShardPtr> Open() {
    std::vector<ShardPtr> open;
    std::lock_guard lock(mutex);
    std::ranges::copy_if(shards, std::back_inserter(open),
                         [](const ShardPtr& shard) { return shard != nullptr; });
    return open;
  }
  void Replace(std::size_t number, base::Result<ShardPtr> shard) {
    std::lock_guard lock(mutex);
    failures[number] = shard.status();
    shards[number] = shard.ok() ? *std::move(shard) : nullptr;
    activity[number] = std::make_shared<ShardActivity>();
  }
  std::shared_ptr<ShardActivity> Activity(const engine::Shard& shard) {
    const auto at = static_cast<std::size_t>(shard.options().number);
    std::lock_guard lock(mutex);
    return at < shards.size() && shards[at].get() == &shard ? activity[at] : nullptr;
  }
  void Refresh(engine::Shard& shard, const base::Clock& clock) {
    const std::int64_t since = clock.MonotonicNanos();
    shard.Refresh();
    if (const auto of = Activity(shard)) of->Refreshed(clock.MonotonicNanos() - since);
  }
  base::Status Failure(std::size_t number) {
    std::lock_guard lock(mutex);
    return number < failures.size() ? failures[number] : base::Status();
  }
};

// Lets go who waits for what has been refreshed.
void TellRefreshed(IndexShards& index);
// Lets go who waits for a shard that is no more here; for any, because the index is gone.
void LetGo(IndexShards& index, const ShardPtr& shard);
void LetGo(IndexShards& index);

// Refreshes the index on `refresher` again and again, as long as it is there and its interval is
// that of `schedule`.
void ScheduleRefresh(const std::shared_ptr<IndexShards>& index, std::uint64_t schedule,
                     tasks::TaskRegistry& registry, tasks::Loop& loop, tasks::Loop& refresher);

}  // namespace actions
