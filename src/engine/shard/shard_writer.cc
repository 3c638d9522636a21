#include "engine/shard/shard_writer.h"

#include "engine/shard/inject.h"
#include "engine/shard/shard_impl.h"

namespace engine {

using base::Status;
using Step = ShardWriter::Step;

base::Result<Step> ShardWriter::WriteUnit(journal::ReadTier tier, std::function<void()> then) {
  Shard::Impl& shard = *shard_.impl_;
  if (unit_ && unit_->end == Unit::End::kNoRoom) {
    if (tier == journal::ReadTier::kMemory) return journal::NodeStore::NotInMemory();
    RETURN_IF_ERROR(shard_.ForClient(shard.log->WaitForRoom(task_)));
  }
  if (!unit_ || unit_->lent) unit_ = std::make_shared<Unit>();
  unit_->task = &task_;
  unit_->tier = tier;
  RETURN_IF_ERROR(shard.preparer.Prepare(task_, operations_.subspan(settled_), retries_, *unit_));
  RETURN_IF_ERROR(inject::At(inject::Point::kPrepared, task_));
  phase_.emplace(task_, "append");
  waiting_.emplace(task_, "journal");
  unit_->then.push_back(std::move(then));
  const UnitPtr unit = unit_;  // we may be gone when it returns
  try {
    return shard.sequencer.Commit(unit) ? Step::kHandedOver : Step::kEnded;
  } catch (const std::bad_alloc&) {  // it was not handed over
    unit_->then.clear();
    waiting_.reset();
    phase_.reset();
    return base::OutOfMemory();
  }
}

Status ShardWriter::TakeUnit() {
  unit_->then.clear();
  waiting_.reset();
  phase_.reset();
  stop_ = unit_->task_sealed ? task_.Unseal() : task_.Checkpoint();
  if (unit_->end == Unit::End::kUnknown) SettleUnknown();
  RETURN_IF_ERROR(shard_.ForClient(unit_->status));
  // The operation it ended before comes first now.
  const bool first = unit_->end == Unit::End::kApplied || unit_->count == 0;
  if (unit_->end == Unit::End::kApplied) {
    Settle();
    retries_ = 0;
  }
  if (unit_->base_moved && first) ++retries_;
  return {};
}

void ShardWriter::Settle() {
  for (std::size_t i = 0; i < unit_->count; ++i) {
    OperationResult& result = results_[settled_ + i];
    result = std::move(unit_->operations[i].result);
    if (result.error.ok()) {
      result.outcome = tasks::UnitOutcome::kDone;
    } else {
      result.source.reset();
    }
  }
  settled_ += unit_->count;
}

// Whether an operation was written is unknown unless it failed by itself.
void ShardWriter::SettleUnknown() {
  for (std::size_t i = 0; i < unit_->count; ++i) {
    OperationResult& result = results_[settled_ + i];
    if (unit_->operations[i].result.error.ok()) {
      result.outcome = tasks::UnitOutcome::kUnknown;
    } else {
      result = std::move(unit_->operations[i].result);
    }
  }
}

}  // namespace engine
