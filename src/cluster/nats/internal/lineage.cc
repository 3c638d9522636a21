#include "cluster/nats/internal/lineage.h"

#include "base/log.h"

namespace cluster::nats::internal {

base::Result<Lineage::Checked> Lineage::Check(Deadline deadline) {
  const std::uint64_t connection = log_.link().connections();
  std::uint64_t sequence = 0;
  WriteId expected{};
  {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(diverged_);
    if (sequence_ == 0 || connection_ == connection) return Checked{.connection = connection};
    sequence = sequence_;
    expected = id_;
  }
  ASSIGN_OR_RETURN(const auto id, log_.IdAt(sequence, deadline));
  if (!id) {
    ASSIGN_OR_RETURN(const StreamState state, log_.Look(deadline));
    if (state.first > sequence) return Checked{.connection = connection, .kept = false};
    return Lacks(sequence, state);
  }
  if (*id != expected) return Diverged(sequence);
  std::lock_guard lock(mutex_);
  if (sequence_ == sequence) connection_ = connection;
  return Checked{.connection = connection};
}

base::Status Lineage::Lacks(std::uint64_t sequence, const StreamState& state) const {
  return log_.link().Unreachable("the stream [" + log_.stream() + "] ends with write " +
                                 std::to_string(state.last) + " although write " +
                                 std::to_string(sequence) +
                                 " was acknowledged: nats-server has lost some, or its newest "
                                 "leader is not ready");
}

base::Status Lineage::Diverged(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  if (!diverged_.ok()) return diverged_;
  diverged_ = log_.link().Unreachable(
      "write " + std::to_string(sequence) + " in the stream [" + log_.stream() +
      "] is another one than this node has seen: nats-server has lost writes that it had "
      "acknowledged, or has other data now; restart this node to follow what is there");
  base::log::Error("cluster", "the metadata store has another history", {{"error", diverged_}});
  return diverged_;
}

base::Status Lineage::Unbroken(std::uint64_t connection) const {
  if (log_.link().connections() == connection) return {};
  return log_.link().Unreachable("the connection broke meanwhile");
}

base::Status Lineage::Told(std::uint64_t sequence, const WriteId& id, std::uint64_t connection) {
  RETURN_IF_ERROR(Unbroken(connection));
  std::lock_guard lock(mutex_);
  if (sequence < sequence_) return {};
  sequence_ = sequence;
  id_ = id;
  connection_ = connection;
  return {};
}

}  // namespace cluster::nats::internal
