// actions/shards/shard_activity.h
//
// Counts what clients do with one shard, as OpenSearch counts it in `indexing`, `get` and `refresh`
// of its statistics.
//
// Lifetime: made by the ShardTable when the shard is opened here, shared with running work.
// Threads: any.

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>

#include "engine/shard/operation.h"

namespace actions {

struct ActivityFigures {
  std::int64_t indexed = 0, index_nanos = 0, indexing = 0;
  std::int64_t index_failed = 0;  // by a conflict of versions; other failures are not counted here
  std::int64_t deleted = 0, delete_nanos = 0, deleting = 0;
  std::int64_t noop_updates = 0;
  std::array<std::int64_t, 5> statuses{};  // of operations, by the first digit: 1xx to 5xx
  std::int64_t found = 0, found_nanos = 0, missing = 0, missing_nanos = 0, getting = 0;
  std::int64_t refreshes = 0, refresh_nanos = 0, refresh_waiters = 0;

  // Calls `each` with every number of `figures`, in one order.
  template <typename Figures, typename Each>
  static void ForEach(Figures& figures, Each&& each) {
    for (auto* number :
         {&figures.indexed, &figures.index_nanos, &figures.indexing, &figures.index_failed,
          &figures.deleted, &figures.delete_nanos, &figures.deleting, &figures.noop_updates,
          &figures.found, &figures.found_nanos, &figures.missing, &figures.missing_nanos,
          &figures.getting, &figures.refreshes, &figures.refresh_nanos, &figures.refresh_waiters}) {
      each(*number);
    }
    for (auto& number : figures.statuses) each(number);
  }
  void Add(const ActivityFigures& other);
};

class ShardActivity {
 public:
  ShardActivity() = default;
  ShardActivity(const ShardActivity&) = delete;
  ShardActivity& operator=(const ShardActivity&) = delete;

  ActivityFigures figures() const;

  // What became of `operations`, which took `nanos` together.
  void Wrote(std::span<const engine::Operation> operations,
             std::span<const engine::OperationResult> results, std::int64_t nanos);
  void Refreshed(std::int64_t nanos);

  // Shows `operations` as being worked on, while it lives.
  class Writing {
   public:
    Writing(ShardActivity& activity, std::span<const engine::Operation> operations);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    void Change(std::int64_t sign);

    ShardActivity& activity_;
    std::int64_t deletes_ = 0, others_ = 0;
  };

  // A read of one document. Ended() counts it; one that has failed is not counted.
  class Reading {
   public:
    explicit Reading(ShardActivity& activity);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    void Ended(bool found, std::int64_t nanos);

   private:
    ShardActivity& activity_;
  };

 private:
  void CountOne(const engine::Operation& operation, const engine::OperationResult& result,
                std::int64_t nanos);

  mutable std::mutex mutex_;
  ActivityFigures figures_;  // guarded by mutex_
};

}  // namespace actions
