#include "actions/bulk/primary.h"

#include <algorithm>

#include "actions/bulk/shard_wire.h"
#include "actions/shards/find_shard.h"

namespace actions::bulk {

namespace {

// How long a large request may keep a thread for which others wait.
constexpr std::int64_t kTurnNanos = 20'000'000;

using base::Status;
using engine::OperationResult;
using tasks::End;

// Writes chunk after chunk on the pool's threads. Tells of each unit what became of it.
class Writer {
 public:
  Writer(tasks::TaskContext& task, engine::Shard& shard, tasks::Inbound& inbound)
      : task_(task), shard_(shard), inbound_(inbound) {}

  // True: all is written. False: others wait for the thread, and it has been used long enough.
  base::Result<bool> TakeTurn(const ShardRequest& request, const tasks::ThreadPool& pool) {
    tasks::Phase phase(task_, "write");
    const std::int64_t until = task_.clock().MonotonicNanos() + kTurnNanos;
    const auto go_on = [&] {
      return task_.clock().MonotonicNanos() < until || !pool.others_wait();
    };
    do {
      RETURN_IF_ERROR(task_.Checkpoint());
      if (at_ == operations_.size()) {
        ASSIGN_OR_RETURN(const bool more, NextChunk(request));
        if (!more) return true;
      }
      RETURN_IF_ERROR(WriteOn(go_on));
    } while (go_on());
    return at_ == operations_.size() && !request.chunk.empty();
  }

  // Of how many operations it has told what became of them.
  std::uint64_t told() const { return told_; }
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
    at_ = 0;
    RETURN_IF_ERROR(ReadOperations(chunk_, operations_));
    results_.assign(operations_.size(), OperationResult());
    return true;
  }

  // The rest of the chunk, unit after unit, as long as `go_on()`.
  Status WriteOn(const std::function<bool()>& go_on) {
    const std::size_t begin = at_;
    const auto tell = [&](std::size_t settled) {
      if (begin + settled > at_) Tell(at_, begin + settled);
      at_ = std::max(at_, begin + settled);
      return go_on();
    };
    Status status = shard_.Write(task_, std::span(operations_).subspan(begin),
                                 std::span(results_).subspan(begin), tell);
    // A unit whose journal did not answer is known by what the engine says of each operation.
    std::size_t known = results_.size();
    while (!status.ok() && known > at_ && !Says(results_[known - 1])) --known;
    if (!status.ok() && known > at_) tell(known - begin);
    return status;
  }

  static bool Says(const OperationResult& result) {
    return result.outcome != tasks::UnitOutcome::kNotDone || !result.error.ok();
  }

  void Tell(std::size_t from, std::size_t to) {
    const std::span settled(results_.data() + from, to - from);
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
  bool took_all_ = false;
  std::string chunk_;        // that is being written
  std::size_t at_ = 0;       // how many of its operations are settled
  std::uint64_t first_ = 0;  // number in the part of the chunk's first operation
  std::uint64_t told_ = 0;
  std::int64_t max_seq_no_ = -1;
  std::vector<engine::Operation> operations_;
  std::vector<OperationResult> results_;
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

// bulk[s][p]: takes turns on the pool's threads until all is written.
class PrimaryWrite : public std::enable_shared_from_this<PrimaryWrite> {
 public:
  PrimaryWrite(Node& node, std::shared_ptr<tasks::Inbound> inbound)
      : node_(node), inbound_(std::move(inbound)) {}

  void Begin(tasks::RunningTask task) {
    ReplicationStatusOf(*task).Set("primary");
    auto request = ShardRequest::Decode(inbound_->request().payload);
    if (!request.ok()) return std::move(task).Finish(End(request.status()));
    request_ = *std::move(request);
    task->SetTotal(static_cast<std::int64_t>(request_.operations), "operations");
    auto found = FindShard(node_, *task, request_.index_uuid, request_.shard);
    if (!found.ok()) return std::move(task).Finish(End(found.status()));
    shard_ = *std::move(found);
    if (!shard_) return std::move(task).Finish(End(Gone(request_)));
    context_ = task.context();
    writer_.emplace(*context_, *shard_, *inbound_);
    TakeTurn(std::move(task));
  }

 private:
  void TakeTurn(tasks::RunningTask task) {
    const base::Result<bool> written = writer_->TakeTurn(request_, node_.pools.write);
    if (written.ok() && !*written) {
      return node_.pools.write.Yield(std::move(task),
                                     [self = shared_from_this()](tasks::RunningTask running) {
                                       self->TakeTurn(std::move(running));
                                     });
    }
    Finish(std::move(task), written.status());
  }

  void Finish(tasks::RunningTask task, Status status) {
    const bool wrote = writer_->max_seq_no() >= 0;
    if (wrote && request_.refresh == Refresh::kImmediate) node_.shards.Refresh(shard_);
    const bool waits = status.ok() && wrote && request_.refresh == Refresh::kWaitUntil;
    End end(std::move(status), EncodeTold(writer_->told()));
    if (waits) {
      std::make_shared<RefreshWait>(std::move(task), std::move(end))
          ->Begin(node_, shard_, writer_->max_seq_no());
      return;
    }
    ShowFinished(*task);
    std::move(task).Finish(std::move(end));
  }

  Node& node_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  ShardRequest request_;  // from Begin() on, as all below
  std::shared_ptr<engine::Shard> shard_;
  tasks::TaskPtr context_;
  std::optional<Writer> writer_;
};

}  // namespace

void WriteOnPrimary(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
  const auto write = std::make_shared<PrimaryWrite>(node, std::move(inbound));
  node.pools.write.Hand(std::move(task),
                        [write](tasks::RunningTask running) { write->Begin(std::move(running)); });
}

}  // namespace actions::bulk
