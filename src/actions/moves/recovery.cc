#include "actions/moves/recovery.h"

#include <optional>

#include "actions/moves/source.h"
#include "cluster/allocation.h"
#include "cluster/records.h"
#include "engine/shard/shard_copy.h"
#include "engine/shard/shard_owners.h"

namespace actions::moves {

using base::Result;
using base::Status;
using cluster::ClusterService;

namespace {

Status Failed(const OneMove& move, std::string_view why) {
  return Status(503, "recovery_failed_exception",
                "[" + move.index + "][" + std::to_string(move.shard) + "]: " + std::string(why));
}

class Run {
 public:
  Run(Node& node, tasks::TaskContext& task, const OneMove& move)
      : node_(node), task_(task), move_(move) {}

  Status Copy(const std::string& source) {
    peer_ = node_.peers.FindForCopies(source);
    if (peer_ == nullptr) return Failed(move_, "its node is not there");
    ASSIGN_OR_RETURN(copy_,
                     engine::ShardCopy::Begin(task_, node_.store, move_.index_uuid, move_.key));
    task_.SetTotal(0, "operations");
    {
      tasks::Phase phase(task_, "copy");
      RETURN_IF_ERROR(TakeAll(kOperations));
    }
    tasks::Phase phase(task_, "hand over");
    RETURN_IF_ERROR(TakeAll(kHandoff));
    if (copy_->counters() != counters_) return Failed(move_, "the copy lacks documents");
    return copy_->Sync(task_);
  }

 private:
  // Until nothing is left; the first question is `action`.
  Status TakeAll(std::string_view action) {
    for (;; action = kOperations) {
      if (!FindMove(*node_.cluster.state(), move_)) return Failed(move_, "the move is over");
      ASSIGN_OR_RETURN(const Answer answer, Ask(action));
      if (incarnation_.value_or(answer.incarnation) != answer.incarnation)
        return Failed(move_, "its node has begun anew");
      incarnation_ = answer.incarnation;
      const std::int64_t before = copy_->upto();
      RETURN_IF_ERROR(copy_->Take(task_, answer.copied));
      counters_ = answer.copied.counters;
      task_.SetTotal(answer.copied.end + 1, "operations");
      task_.AddDone(copy_->upto() - before);
      if (copy_->upto() >= answer.copied.end) return {};
    }
  }

  Result<Answer> Ask(std::string_view action) {
    RETURN_IF_ERROR(task_.Checkpoint());
    std::optional<tasks::End> end;
    tasks::ChildScope scope(task_);
    tasks::StartRequest start{.action = action};
    start.payload = Question{.move = move_, .from = copy_->upto() + 1}.Encode();
    // Safe: the scope is destroyed, and so joined, before `end`.
    scope.Start(*peer_, std::move(start),
                {.on_started = nullptr,
                 .on_progress = nullptr,
                 .on_end = [&end](const tasks::End& ended) { end = ended; }});
    RETURN_IF_ERROR(scope.Join());
    if (!end || !end->result) return Failed(move_, "no answer");
    return Answer::Decode(*end->result);
  }

  Node& node_;
  tasks::TaskContext& task_;
  const OneMove& move_;
  tasks::Peer* peer_ = nullptr;
  std::unique_ptr<engine::ShardCopy> copy_;
  std::optional<std::uint64_t> incarnation_;
  journal::Counters counters_;  // of the source, when it told the last ones
};

// The one write that makes the copy the shard.
Status TakeOver(Node& node, tasks::TaskContext& task, const OneMove& move) {
  tasks::Phase phase(task, "take over");
  return node.cluster.Apply(
      task, [&](cluster::ClusterState& state) -> Result<ClusterService::Changes> {
        const bool same = FindMove(state, move) != nullptr;
        const auto moved = same ? cluster::Moved(state, move.index, move.shard, move.key) : nullptr;
        if (moved == nullptr) return Failed(move, "the move is over");
        state.indices[move.index] = moved;
        return ClusterService::Changes{cluster::IndexRecord(*moved)};
      });
}

bool IsHere(const cluster::ClusterState& state, const OneMove& move) {
  const cluster::IndexPtr index = state.FindIndex(move.index);
  return index && index->uuid == move.index_uuid && index->LivesOn(state.local_id, move.shard) &&
         index->shard_keys[static_cast<std::size_t>(move.shard)] == move.key;
}

}  // namespace

// An attempt before this one may have taken the shard over and not have heard of it: so nothing is
// touched before the cluster's state has been read anew.
Status Recover(Node& node, tasks::TaskContext& task, const OneMove& move) {
  RETURN_IF_ERROR(node.cluster.CatchUp(task));
  const cluster::StatePtr state = node.cluster.state();
  if (IsHere(*state, move)) return {};
  if (!FindMove(*state, move)) return engine::Discard(node.store, move.key, move.index_uuid);
  const auto at = static_cast<std::size_t>(move.shard);
  Status copied = Run(node, task, move).Copy(state->FindIndex(move.index)->shard_nodes[at]);
  if (!copied.ok()) {
    if (node.store.disk_is_full()) engine::ShardCopy::GiveRoomBack(node.store, move.key);
    return copied;
  }
  return TakeOver(node, task, move);
}

}  // namespace actions::moves
