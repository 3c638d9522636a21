#include "actions/shards/index_shards.h"

#include "actions/shards/background_run.h"

namespace actions {

namespace {

void Tell(std::vector<RefreshWaiter> waiters) {
  for (RefreshWaiter& waiter : waiters) waiter.seen();
}

}  // namespace

void TellRefreshed(IndexShards& index) {
  std::vector<RefreshWaiter> seen;
  {
    std::lock_guard lock(index.mutex);
    const auto waits = [](const RefreshWaiter& waiter) {
      return waiter.shard->refreshed_seq_no() < waiter.seq_no;
    };
    const auto first = std::ranges::stable_partition(index.waiters, waits).begin();
    seen.assign(std::make_move_iterator(first), std::make_move_iterator(index.waiters.end()));
    index.waiters.erase(first, index.waiters.end());
  }
  Tell(std::move(seen));
}

namespace {

// Refreshes what has been written, and lets go who waited for that.
void RefreshIndex(IndexShards& index, tasks::TaskRegistry& registry, tasks::Loop& loop) {
  if (index.refresh_nanos > 0) {
    for (const ShardPtr& shard : index.Open()) {
      if (shard->max_seq_no() <= shard->refreshed_seq_no()) continue;
      const BackgroundRun run(registry, loop, "indices:admin/refresh",
                              "refresh [" + index.name + "]",
                              "a refresh is one step of the store's");
      index.Refresh(*shard, registry.clock());
    }
  }
  TellRefreshed(index);
}

}  // namespace

void ScheduleRefresh(const std::shared_ptr<IndexShards>& index, std::uint64_t schedule,
                     tasks::TaskRegistry& registry, tasks::Loop& loop, tasks::Loop& refresher) {
  const std::int64_t interval = index->refresh_nanos;
  const std::int64_t due =
      registry.clock().MonotonicNanos() + (interval > 0 ? interval : kUsualRefreshNanos);
  refresher.At(due, [weak = std::weak_ptr(index), schedule, &registry, &loop, &refresher] {
    const std::shared_ptr<IndexShards> held = weak.lock();
    if (!held || held->schedule != schedule) return;
    RefreshIndex(*held, registry, loop);
    ScheduleRefresh(held, schedule, registry, loop, refresher);
  });
}

void LetGo(IndexShards& index, const ShardPtr& shard) {
  std::vector<RefreshWaiter> waiters;
  {
    std::lock_guard lock(index.mutex);
    const auto first =
        std::ranges::stable_partition(index.waiters, [&](const RefreshWaiter& waiter) {
          return waiter.shard != shard;
        }).begin();
    waiters.assign(std::make_move_iterator(first), std::make_move_iterator(index.waiters.end()));
    index.waiters.erase(first, index.waiters.end());
  }
  Tell(std::move(waiters));
}

void LetGo(IndexShards& index) {
  std::vector<RefreshWaiter> waiters;
  {
    std::lock_guard lock(index.mutex);
    index.gone = true;
    waiters.swap(index.waiters);
  }
  Tell(std::move(waiters));
}

}  // namespace actions
