// actions/moves/source.h
//
// The node that a shard moves away from: tells its operations in pieces, takes no more writes at
// the end, and takes them again only when the cluster's state says that the move is over.
//
// Lifetime: the Mover's. Threads: any.

#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "actions/moves/wire.h"
#include "actions/node.h"

namespace actions::moves {

// Of the source: some operations; and no more writes, then the same.
inline constexpr std::string_view kOperations = "internal:index/shard/recovery/translog_ops";
inline constexpr std::string_view kHandoff =
    "internal:index/shard/recovery/handoff_primary_context";

class Source : public std::enable_shared_from_this<Source> {
 public:
  static constexpr std::size_t kChunkBytes = 128 << 10;

  // `blocked_nanos`: how long the target may take for the end of a move.
  Source(Node& node, std::int64_t blocked_nanos) : node_(node), blocked_nanos_(blocked_nanos) {}

  void Register();
  // Ends the moves of shards that this process has opened while they were under way: an earlier one
  // may have handed them over.
  void OnState(const cluster::ClusterState& now);

 private:
  base::Result<Answer> Tell(tasks::TaskContext& task, const Question& question) const;
  base::Result<Answer> HandOver(tasks::TaskContext& task, const Question& question);
  void GiveUp(const OneMove& move);
  void GiveUpAt(std::int64_t due, const OneMove& move);
  void EndIfOver(const OneMove& move);

  Node& node_;
  const std::int64_t blocked_nanos_;
  std::mutex mutex_;
  std::set<std::uint64_t> ending_;  // guarded by mutex_; moves given up unless they end in time
};

// The move in `state`; null: it is over.
const cluster::ShardMove* FindMove(const cluster::ClusterState& state, const OneMove& move);

}  // namespace actions::moves
