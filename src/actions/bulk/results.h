// actions/bulk/results.h
//
// What became of each action of a request, in 16 bytes an item; failures and whatever else is rare
// is kept beside, the same failure once. Failures beyond a limit lose their cause: a request cannot
// fill the memory with what it did wrong.
//
// Threads: Resize() before the others; different items may be set by different threads; reading
// when nobody sets any more.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "actions/bulk/block_vector.h"
#include "actions/bulk/side_bytes.h"
#include "engine/shard/operation.h"

namespace actions::bulk {

class Results {
 public:
  static constexpr std::size_t kFullErrorBytes = 4 << 20;

  static std::size_t BytesFor(std::size_t items) { return items * sizeof(Entry); }
  // Without it no item is ever settled.
  void Resize(std::size_t items) { entries_.Fill(items); }

  void Set(std::size_t item, const engine::OperationResult& result);
  // For what never got as far as a shard, or whose shard said nothing.
  void SetFailure(std::size_t item, tasks::UnitOutcome outcome, const base::Status& why) {
    SetFailure(item, outcome, Keep(why));
  }
  // The same for many: the failure is kept once.
  std::uint32_t Keep(const base::Status& failure);
  void SetFailure(std::size_t item, tasks::UnitOutcome outcome, std::uint32_t kept);
  // What all items that are not settled by the end have: not done, and this is why.
  void FailRest(const base::Status& why) { rest_ = why; }

  bool settled(std::size_t item) const { return item < entries_.size() && entries_[item].settled; }
  // Whether any of `items` has failed.
  bool errors(std::size_t items) const {
    return failed_ || (!rest_.ok() && settled_count_ < items);
  }
  engine::OperationResult Get(std::size_t item) const;
  // Which failure an item has: items with the same number have the same. Null: it has none.
  std::optional<std::uint32_t> FailureOf(std::size_t item) const {
    if (!settled(item)) return kRestFailed;
    if (entries_[item].beside != Beside::kFailure) return std::nullopt;
    return static_cast<std::uint32_t>(entries_[item].version);
  }

  // No more can be kept beside.
  bool full();
  // What is kept beside the items: failures, and the documents that updates were asked to tell.
  std::size_t side_bytes() const { return side_.memory_bytes(); }
  std::size_t memory_bytes() const { return entries_.memory_bytes() + side_.memory_bytes(); }

 private:
  enum class Beside : std::uint8_t { kNothing, kFailure, kMore };
  struct Entry {
    std::int64_t seq_no = 0;
    std::uint32_t version = 0;  // or the address of what is kept beside
    tasks::UnitOutcome outcome = tasks::UnitOutcome::kNotDone;
    engine::OpResult result = engine::OpResult::kNone;
    Beside beside = Beside::kNothing;
    std::uint8_t term : 7 = 0;
    std::uint8_t settled : 1 = 0;
  };
  static_assert(sizeof(Entry) == 16);
  static constexpr std::uint32_t kRestFailed = UINT32_MAX;  // no address: see FailRest()

  BlockVector<Entry> entries_;
  std::atomic<std::size_t> settled_count_ = 0;  // a counter
  std::atomic<bool> failed_ = false;            // some item has; never taken back
  base::Status rest_;                           // OK: all items will be settled
  std::mutex mutex_;
  SideBytes side_;                                       // guarded by mutex_ while items are set
  std::size_t error_bytes_ = 0;                          // guarded by mutex_
  std::map<std::string, std::uint32_t> known_failures_;  // guarded by mutex_; the first ones
};

}  // namespace actions::bulk
