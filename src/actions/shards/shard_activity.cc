#include "actions/shards/shard_activity.h"

#include <algorithm>

namespace actions {

namespace {

using engine::Operation;
using engine::OperationResult;
using engine::OpResult;
using engine::OpType;

int HttpStatusOf(const OperationResult& result) {
  if (!result.error.ok()) return result.error.http_status();
  if (result.result == OpResult::kNotFound) return 404;
  return result.result == OpResult::kCreated ? 201 : 200;
}

}  // namespace

void ActivityFigures::Add(const ActivityFigures& other) {
  std::array<std::int64_t, 21> numbers{};
  std::size_t at = 0;
  ForEach(other, [&](std::int64_t number) { numbers.at(at++) = number; });
  at = 0;
  ForEach(*this, [&](std::int64_t& number) { number += numbers.at(at++); });
}

ActivityFigures ShardActivity::figures() const {
  std::lock_guard lock(mutex_);
  return figures_;
}

void ShardActivity::Wrote(std::span<const Operation> operations,
                          std::span<const OperationResult> results, std::int64_t nanos) {
  if (operations.empty()) return;
  const std::int64_t each = nanos / static_cast<std::int64_t>(operations.size());
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < operations.size(); ++i) CountOne(operations[i], results[i], each);
}

// Needs mutex_.
void ShardActivity::CountOne(const Operation& operation, const OperationResult& result,
                             std::int64_t nanos) {
  const bool failed = !result.error.ok();
  if (!failed && result.outcome != tasks::UnitOutcome::kDone) return;  // never begun
  const int status = HttpStatusOf(result);
  ++figures_.statuses[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)];
  const bool has_read = !failed || status == 404 || status == 409;
  if (operation.type == OpType::kUpdate && has_read) {
    const bool missing = failed ? status == 404 : result.result == OpResult::kCreated;
    ++(missing ? figures_.missing : figures_.found);
  }
  if (failed) {
    if (status == 409 && operation.type != OpType::kDelete) ++figures_.index_failed;
  } else if (result.result == OpResult::kNoop) {
    ++figures_.noop_updates;
  } else if (operation.type == OpType::kDelete) {
    ++figures_.deleted;
    figures_.delete_nanos += nanos;
  } else {
    ++figures_.indexed;
    figures_.index_nanos += nanos;
  }
}

void ShardActivity::Refreshed(std::int64_t nanos) {
  std::lock_guard lock(mutex_);
  ++figures_.refreshes;
  figures_.refresh_nanos += nanos;
}

ShardActivity::Writing::Writing(ShardActivity& activity, std::span<const Operation> operations)
    : activity_(activity),
      deletes_(std::ranges::count(operations, OpType::kDelete, &Operation::type)),
      others_(static_cast<std::int64_t>(operations.size()) - deletes_) {
  Change(1);
}

ShardActivity::Writing::~Writing() { Change(-1); }

void ShardActivity::Writing::Change(std::int64_t sign) {
  std::lock_guard lock(activity_.mutex_);
  activity_.figures_.deleting += sign * deletes_;
  activity_.figures_.indexing += sign * others_;
}

ShardActivity::Reading::Reading(ShardActivity& activity) : activity_(activity) {
  std::lock_guard lock(activity_.mutex_);
  ++activity_.figures_.getting;
}

ShardActivity::Reading::~Reading() {
  std::lock_guard lock(activity_.mutex_);
  --activity_.figures_.getting;
}

void ShardActivity::Reading::Ended(bool found, std::int64_t nanos) {
  std::lock_guard lock(activity_.mutex_);
  ActivityFigures& figures = activity_.figures_;
  ++(found ? figures.found : figures.missing);
  (found ? figures.found_nanos : figures.missing_nanos) += nanos;
}

}  // namespace actions
