// actions/bulk/results.h
//
// What became of each action of a request, in 16 bytes an item; failures and whatever else is rare
// is kept beside, the same failure once. Failures beyond a limit lose their cause: a request cannot
// fill the memory with what it did wrong.
//
// Threads: Resize() before the others; different items may be set by different threads; reading
// when nobody sets any more.

#pragma once

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

  void Resize(std::size_t items) { entries_.Fill(items); }
  std::size_t size() const { return entries_.size(); }

  void Set(std::size_t item, const engine::OperationResult& result);
  // For what never got as far as a shard, or whose shard said nothing.
  void SetFailure(std::size_t item, tasks::UnitOutcome outcome, const base::Status& why);

  bool settled(std::size_t item) const { return entries_[item].settled; }
  tasks::UnitOutcome outcome(std::size_t item) const { return entries_[item].outcome; }
  bool failed(std::size_t item) const { return entries_[item].beside == Beside::kFailure; }
  engine::OperationResult Get(std::size_t item) const;

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

  std::uint32_t AddressOf(const base::Status& failure);

  BlockVector<Entry> entries_;
  std::mutex mutex_;
  SideBytes side_;                                       // guarded by mutex_ while items are set
  std::size_t error_bytes_ = 0;                          // guarded by mutex_
  std::map<std::string, std::uint32_t> known_failures_;  // guarded by mutex_; the first ones
};

}  // namespace actions::bulk
