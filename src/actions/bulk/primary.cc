#include "actions/bulk/primary.h"

#include <algorithm>
#include <new>

#include "actions/bulk/shard_wire.h"
#include "actions/shards/find_shard.h"
#include "cluster/index/index_blocks.h"
#include "engine/shard/shard_writer.h"
#include "journal/committer.h"
#include "tasks/record/checkpoint_monitor.h"

namespace actions::bulk {

namespace {

using base::Status;
using engine::OperationResult;
using tasks::End;

// The operations of a part, chunk after chunk, and what became of them.
class Part {
 public:
  Part(tasks::TaskContext& task, engine::Shard& shard, tasks::Inbound& inbound,
       std::shared_ptr<ShardActivity> activity)
      : task_(task), shard_(shard), inbound_(inbound), activity_(std::move(activity)) {}

  // The writer of what comes next; null: there is nothing more. May wait for the next chunk.
  base::Result<engine::ShardWriter*> Next(const ShardRequest& request) {
    tasks::Phase phase(task_, "write");
    if (!writer_ || writer_->done()) {
      ASSIGN_OR_RETURN(const bool more, NextChunk(request));
      if (!more) return nullptr;
    }
    since_nanos_ = task_.clock().MonotonicNanos();
    return &*writer_;
  }
  bool IsLast(const ShardRequest& request) const {
    return !request.chunk.empty() && writer_->done();
  }

  // Tells of the unit that has ended. Not OK: why nothing more is to be done.
  Status TakeUnit() {
    const std::size_t before = writer_->settled();
    const Status status = writer_->TakeUnit();
    std::size_t known = writer_->settled();
    if (!status.ok()) {  // of a unit whose journal did not answer, the engine says what it knows
      known = results_.size();
      while (known > before && !Says(results_[known - 1])) --known;
    }
    if (known > before) Tell(before, known);
    if (writer_->done()) writing_.reset();
    RETURN_IF_ERROR(status);
    return writer_->done() ? Status() : writer_->stop();
  }

  // Of how many operations it has told what became of them.
  std::uint64_t told() const { return told_; }
  // What may have been done.
  std::uint64_t taken() const { return first_ + operations_.size(); }
  // -1 if nothing was written.
  std::int64_t max_seq_no() const { return max_seq_no_; }

 private:
  // False: there is none.
  base::Result<bool> NextChunk(const ShardRequest& request) {
    if (!request.chunk.empty()) {  // the request was all
      if (std::exchange(took_all_, true)) return false;
      chunk_ = request.chunk;
    } else {
      ASSIGN_OR_RETURN(std::optional<std::string> next, inbound_.Next(task_));
      if (!next) return false;
      chunk_ = *std::move(next);
    }
    first_ += operations_.size();
    writer_.reset();
    RETURN_IF_ERROR(ReadOperations(chunk_, operations_));
    results_.assign(operations_.size(), OperationResult());
    writer_.emplace(shard_, task_, operations_, results_);
    writing_.emplace(*activity_, operations_);
    return true;
  }

  static bool Says(const OperationResult& result) {
    return result.outcome != tasks::UnitOutcome::kNotDone || !result.error.ok();
  }

  void Tell(std::size_t from, std::size_t to) {
    const std::span settled(results_.data() + from, to - from);
    const std::int64_t now = task_.clock().MonotonicNanos();
    activity_->Wrote(std::span(operations_).subspan(from, to - from), settled,
                     now - std::exchange(since_nanos_, now));
    for (const OperationResult& result : settled) {
      if (result.error.ok()) max_seq_no_ = std::max(max_seq_no_, result.seq_no);
    }
    inbound_.Progress(EncodeResults(first_ + from, settled));
    // The coordinator reserves memory for the documents; copies kept here would be on no account.
    for (OperationResult& result : settled) result.source.reset();
    told_ += settled.size();
    task_.AddDone(static_cast<std::int64_t>(settled.size()));
  }

  tasks::TaskContext& task_;
  engine::Shard& shard_;
  tasks::Inbound& inbound_;
  const std::shared_ptr<ShardActivity> activity_;
  std::int64_t since_nanos_ = 0;  // when what comes next was begun
  bool took_all_ = false;
  std::string chunk_;        // that is being written
  std::uint64_t first_ = 0;  // number in the part of the chunk's first operation
  std::uint64_t told_ = 0;
  std::int64_t max_seq_no_ = -1;
  std::vector<engine::Operation> operations_;
  std::vector<OperationResult> results_;
  std::optional<engine::ShardWriter> writer_;  // of the chunk; null: there was none yet
  std::optional<ShardActivity::Writing> writing_;
};

// refresh=wait_for: holds the task, and no thread. A stop finds nothing left to undo, so it ends
// the waiting and changes nothing in the answer.
class RefreshWait : public std::enable_shared_from_this<RefreshWait> {
 public:
  RefreshWait(tasks::RunningTask task, End end) : task_(std::move(task)), end_(std::move(end)) {}

  void Begin(Node& node, const std::shared_ptr<engine::Shard>& shard, std::int64_t seq_no) {
    waiting_.emplace(*task_, "refresh");
    // The refresh and a stop may come at once; the loop lets one in after the other.
    node.loop.Post([self = shared_from_this(), &node] {
      if (!self->task_) return;
      self->hook_.emplace(*self->task_, node.loop, std::weak_ptr(self), &RefreshWait::Finish);
    });
    node.shards.WhenRefreshed(shard, seq_no, [self = shared_from_this(), &node] {
      node.loop.Post([self] { self->Finish(); });
    });
  }

 private:
  void Finish() {  // on the loop
    if (!task_) return;
    waiting_.reset();
    tasks::RunningTask task = std::move(task_);
    hook_.reset();
    ShowFinished(*task);
    std::move(task).Finish(std::move(end_));
  }

  tasks::RunningTask task_;
  End end_;
  std::optional<tasks::Waiting> waiting_;
  std::optional<tasks::StopHook> hook_;
};

Status Gone(const ShardRequest& request) {
  return cluster::IndexNotFound(request.index, "index_expression");
}

// Writes that began before the index was blocked; its shard takes them no more.
Status CheckBlocks(const Node& node, const ShardRequest& request) {
  const cluster::IndexPtr index = node.cluster.state()->FindIndex(request.index);
  if (!index || index->uuid != request.index_uuid) return {};
  return cluster::CheckBlocks(*index, cluster::Access::kErase);
}

// bulk[s][p]: a unit a turn. The first one of little is prepared on the thread that brings it, if
// nothing has to be waited for, and the rest on the pool's; the committer continues behind each.
class PrimaryWrite : public std::enable_shared_from_this<PrimaryWrite> {
 public:
  PrimaryWrite(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound)
      : node_(node), task_(std::move(task)), inbound_(std::move(inbound)) {}

  void Begin() {
    ReplicationStatusOf(*task_).Set("primary");
    auto request = ShardRequest::Decode(inbound_->request().payload);
    if (!request.ok()) return std::move(task_).Finish(End(request.status()));
    request_ = *std::move(request);
    task_->SetTotal(static_cast<std::int64_t>(request_.operations), "operations");
    const bool small = !request_.chunk.empty() &&
                       request_.chunk.size() <= ShardRequest::kSmallBytes &&
                       request_.operations <= ShardRequest::kSmallOperations;
    if (small && (shard_ = node_.shards.Find(request_.index_uuid, request_.shard))) {
      if (Status blocked = CheckBlocks(node_, request_); !blocked.ok())
        return std::move(task_).Finish(End(std::move(blocked)));
      part_.emplace(*task_, *shard_, *inbound_, node_.shards.ActivityOf(*shard_));
      node_.pools.write.CountElsewhere();
      const tasks::OnThread on(task_.registry().monitor(), task_.context());
      return TakeTurn(ReadTier::kMemory);
    }
    const auto self = shared_from_this();
    node_.pools.write.Hand(std::move(task_), [self](tasks::RunningTask task) {
      self->task_ = std::move(task);
      self->BeginOnPool();
    });
  }

 private:
  using ReadTier = journal::ReadTier;
  using Step = engine::ShardWriter::Step;

  void BeginOnPool() {
    auto found = FindShard(node_, *task_, request_.index_uuid, request_.shard);
    if (!found.ok()) return std::move(task_).Finish(End(found.status()));
    shard_ = *std::move(found);
    if (!shard_) return std::move(task_).Finish(End(Gone(request_)));
    if (Status blocked = CheckBlocks(node_, request_); !blocked.ok())
      return std::move(task_).Finish(End(std::move(blocked)));
    part_.emplace(*task_, *shard_, *inbound_, node_.shards.ActivityOf(*shard_));
    id_ = task_->id();
    hook_.emplace(*task_, node_.loop, weak_from_this(), &PrimaryWrite::Withdraw);
    TakeTurn(ReadTier::kAll);
  }

  void Withdraw() {
    if (const std::function<void()> unit_ended = shard_->Withdraw(id_)) unit_ended();
  }

  // What has been written and cannot be told of is unknown, and not undone.
  void GiveUp() {
    std::move(task_).Finish(End(base::OutOfMemory(), EncodeTold(part_ ? part_->taken() : 0)));
  }

  void TakeTurn(ReadTier tier) {
    try {
      WriteOn(tier);
    } catch (const std::bad_alloc&) {
      if (task_) GiveUp();
    }
  }

  void WriteOn(ReadTier tier) {
    if (ended_ && (!ended_->ok() || part_->IsLast(request_))) return Finish(*std::move(ended_));
    for (;;) {
      if (Status stop = task_->Checkpoint(); !stop.ok()) return Finish(std::move(stop));
      const base::Result<engine::ShardWriter*> writer = part_->Next(request_);
      if (!writer.ok() || *writer == nullptr) return Finish(writer.status());
      const base::Result<Step> step =
          (*writer)->WriteUnit(tier, [self = shared_from_this()] { self->UnitEnded(); });
      if (step.ok() && *step == Step::kHandedOver) return;  // to what may have ended by now
      Status status = step.ok() ? part_->TakeUnit() : step.status();
      const bool not_here = journal::NodeStore::IsNotInMemory(status);
      if (!status.ok() && !not_here) return Finish(std::move(status));
      if (tier == ReadTier::kMemory) return Yield();
    }
  }

  // What has handed nothing over yet may be refused by a full queue.
  void Yield() {
    auto go_on = [self = shared_from_this()](tasks::RunningTask task) {
      self->task_ = std::move(task);
      self->TakeTurn(ReadTier::kAll);
    };
    if (!ended_) return node_.pools.write.Hand(std::move(task_), std::move(go_on));
    node_.pools.write.Yield(std::move(task_), std::move(go_on));
  }

  // On the committer's thread, which ends a request of one unit at once, and goes on with a longer
  // one that keeps nobody waiting; or on the loop's, if a stop has withdrawn the unit.
  void UnitEnded() {
    tasks::CheckpointMonitor& monitor = task_.registry().monitor();
    try {
      const tasks::OnThread on(monitor, task_.context());
      ended_ = part_->TakeUnit();
    } catch (const std::bad_alloc&) {
      return GiveUp();
    }
    const bool last = !ended_->ok() || part_->IsLast(request_);
    const bool refreshes = request_.refresh == Refresh::kImmediate && part_->max_seq_no() >= 0;
    const bool short_one = last && request_.operations <= engine::Shard::kUnitOperations;
    if (short_one && !refreshes) return Finish(*std::move(ended_));
    if (refreshes || !MayGoOnHere()) return Yield();
    const tasks::OnThread on(monitor, task_.context());
    TakeTurn(ReadTier::kMemory);
  }

  bool MayGoOnHere() const {
    return !inbound_->MayWait() && node_.store.committer().MayLinger() &&
           node_.pools.write.stats().queue == 0;
  }

  void Finish(Status status) {
    const bool wrote = part_->max_seq_no() >= 0;
    if (wrote && request_.refresh == Refresh::kImmediate) node_.shards.Refresh(shard_);
    const bool waits = status.ok() && wrote && request_.refresh == Refresh::kWaitUntil;
    End end(std::move(status), EncodeTold(part_->told()));
    if (waits) {
      std::make_shared<RefreshWait>(std::move(task_), std::move(end))
          ->Begin(node_, shard_, part_->max_seq_no());
      return;
    }
    ShowFinished(*task_);
    std::move(task_).Finish(std::move(end));
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  ShardRequest request_;  // from Begin() on
  std::shared_ptr<engine::Shard> shard_;
  std::optional<Part> part_;     // once the shard is there
  std::optional<Status> ended_;  // how the last unit that was handed over did
  tasks::TaskId id_;             // both if it began on the pool
  std::optional<tasks::StopHook> hook_;
};

}  // namespace

void WriteOnPrimary(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
  std::make_shared<PrimaryWrite>(node, std::move(task), std::move(inbound))->Begin();
}

}  // namespace actions::bulk
