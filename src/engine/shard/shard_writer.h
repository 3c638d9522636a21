// engine/shard/shard_writer.h
//
// Writes operations to a shard in order, a unit at a time, and holds no thread while the journal
// works.
//
//     while (!writer.done()) {
//       WriteUnit(tier, then) -> kHandedOver: `then` comes, and TakeUnit() there
//                             -> kEnded:      TakeUnit() now
//     }
//
// Lifetime: that of the write; the shard, the task, the operations and the results outlive it.
// Threads: one at a time.

#pragma once

#include "engine/shard/shard.h"
#include "engine/shard/unit.h"

namespace engine {

class ShardWriter {
 public:
  ShardWriter(Shard& shard, tasks::TaskContext& task, std::span<const Operation> operations,
              std::span<OperationResult> results)
      : shard_(shard), task_(task), operations_(operations), results_(results) {}

  enum class Step : std::uint8_t { kHandedOver, kEnded };
  // Prepares the next unit, seals it and hands it to the journal. kHandedOver: `then` runs once it
  // has ended, on the committer's thread or the one that calls Shard::Withdraw(), and perhaps
  // before this returns; nothing here may be touched until then. Else why nothing has begun:
  // Cancelled; what the journal says; with ReadTier::kMemory, which waits for nothing,
  // IsNotInMemory(): try again with kAll.
  base::Result<Step> WriteUnit(journal::ReadTier tier, std::function<void()> then);

  // Of the unit that has ended: fills in the results of what is settled now, which grows by any
  // number. Not OK: it was not done, or nobody knows; what follows it was not begun.
  base::Status TakeUnit();
  // Cancelled if a stop came meanwhile.
  const base::Status& stop() const { return stop_; }

  std::size_t settled() const { return settled_; }
  bool done() const { return settled_ == operations_.size(); }

 private:
  void Settle();
  void SettleUnknown();

  Shard& shard_;
  tasks::TaskContext& task_;
  const std::span<const Operation> operations_;
  const std::span<OperationResult> results_;
  std::size_t settled_ = 0;
  int retries_ = 0;  // of the operation that comes next
  UnitPtr unit_;     // null: there was none yet
  base::Status stop_;
  std::optional<tasks::Phase> phase_;  // both while it is sealed
  std::optional<tasks::Waiting> waiting_;
};

}  // namespace engine
