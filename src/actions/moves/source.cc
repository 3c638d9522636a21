#include "actions/moves/source.h"

#include "actions/run_task.h"
#include "actions/shards/find_shard.h"
#include "base/log.h"
#include "cluster/allocation.h"
#include "cluster/records.h"

namespace actions::moves {

using base::Result;
using base::Status;
using cluster::ClusterService;

namespace {

constexpr std::string_view kGiveUp = "internal:index/shard/recovery/give_up";
constexpr std::int64_t kAgainNanos = 1'000'000'000;

Status NotThere(const OneMove& move) {
  return Status(503, "recovery_failed_exception",
                "[" + move.index + "][" + std::to_string(move.shard) +
                    "] is not to move any more, or is not open");
}

}  // namespace

const cluster::ShardMove* FindMove(const cluster::ClusterState& state, const OneMove& move) {
  const auto index = state.indices.find(move.index);
  if (index == state.indices.end() || index->second->uuid != move.index_uuid) return nullptr;
  const cluster::ShardMove* const found = index->second->MoveOf(move.shard);
  return found && found->key == move.key ? found : nullptr;
}

void Source::Register() {
  const auto add = [this](std::string_view action,
                          Result<Answer> (*answer)(Source&, tasks::TaskContext&, const Question&)) {
    node_.action_table.Add(
        action,
        [](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
          const auto question = Question::Decode(start.payload);
          if (!question.ok()) return;
          const OneMove& move = question->move;
          spec.description = "[" + move.index + "][" + std::to_string(move.shard) + "], from [" +
                             std::to_string(question->from) + "]";
          spec.indices = {move.index};
        },
        [self = shared_from_this(), answer](tasks::RunningTask task,
                                            std::shared_ptr<tasks::Inbound> inbound) {
          self->node_.pools.generic.Submit(
              std::move(task), [self, answer, inbound](tasks::TaskContext& running) {
                const auto question = Question::Decode(inbound->request().payload);
                if (!question.ok()) return tasks::End(question.status());
                const Result<Answer> told = answer(*self, running, *question);
                return told.ok() ? tasks::End(Status(), told->Encode()) : tasks::End(told.status());
              });
        },
        tasks::Reach::kOwnNode);
  };
  add(kOperations, [](Source& self, tasks::TaskContext& task, const Question& question) {
    return self.Tell(task, question);
  });
  add(kHandoff, [](Source& self, tasks::TaskContext& task, const Question& question) {
    return self.HandOver(task, question);
  });
}

Result<Answer> Source::Tell(tasks::TaskContext& task, const Question& question) const {
  const OneMove& move = question.move;
  ASSIGN_OR_RETURN(const auto shard, FindShard(node_, task, move.index_uuid, move.shard));
  if (shard == nullptr) return NotThere(move);
  Answer answer{.incarnation = node_.registry.incarnation(), .copied = {}};
  ASSIGN_OR_RETURN(answer.copied, shard->Copy(task, question.from, kChunkBytes));
  return answer;
}

// Whoever has handed a shard over does not know whether the target has taken it, until the state
// says so or the move is over. So what ends the wait is a change of the state.
Result<Answer> Source::HandOver(tasks::TaskContext& task, const Question& question) {
  const OneMove& move = question.move;
  ASSIGN_OR_RETURN(const auto shard, FindShard(node_, task, move.index_uuid, move.shard));
  if (!FindMove(*node_.cluster.state(), move)) RETURN_IF_ERROR(node_.cluster.CatchUp(task));
  if (shard == nullptr || !FindMove(*node_.cluster.state(), move)) return NotThere(move);
  {
    std::lock_guard lock(mutex_);
    if (!ending_.insert(move.key).second) return NotThere(move);  // once: it will be given up
  }
  GiveUpAt(node_.clock.MonotonicNanos() + blocked_nanos_, move);
  shard->Block(move.key);
  // Its end may have been told before it was blocked.
  if (!FindMove(*node_.cluster.state(), move)) {
    EndIfOver(move);
    return NotThere(move);
  }
  RETURN_IF_ERROR(shard->AwaitDrained(task));
  return Tell(task, question);
}

void Source::OnState(const cluster::ClusterState& now) {
  for (const auto& [name, index] : now.indices) {
    for (const auto& [number, move] : index->moves) {
      if (!index->LivesOn(now.local_id, number)) continue;
      const auto shard = node_.shards.Find(index->uuid, number);
      if (shard == nullptr || shard->blocked_by() != move.key) continue;
      std::unique_lock lock(mutex_);
      const bool handed_over = !ending_.insert(move.key).second;
      lock.unlock();
      if (!handed_over) GiveUp({name, index->uuid, number, move.key});
    }
  }
}

void Source::GiveUpAt(std::int64_t due, const OneMove& move) {
  node_.loop.At(due, [weak = weak_from_this(), move] {
    if (const auto self = weak.lock()) self->GiveUp(move);
  });
}

// Unless the target was quicker.
void Source::GiveUp(const OneMove& move) {
  if (!FindMove(*node_.cluster.state(), move)) return EndIfOver(move);
  tasks::TaskSpec spec;
  spec.action = kGiveUp;
  spec.task_class = tasks::TaskClass::kBackground;
  spec.description = "[" + move.index + "][" + std::to_string(move.shard) + "]";
  spec.indices = {move.index};
  RunTask(
      node_, node_.pools.generic, std::move(spec),
      [&node = node_, move](tasks::TaskContext& task) {
        return tasks::End(node.cluster.Apply(
            task, [&](cluster::ClusterState& state) -> Result<ClusterService::Changes> {
              if (!FindMove(state, move)) return ClusterService::Changes();
              const auto next = cluster::WithoutMove(state, move.index, move.shard, move.key);
              state.indices[move.index] = next;
              return ClusterService::Changes{cluster::IndexRecord(*next)};
            }));
      },
      [weak = weak_from_this(), move](const tasks::End& end) {
        const auto self = weak.lock();
        if (!self) return;
        if (end.error.ok()) return self->EndIfOver(move);
        base::log::Warn("moves", "a move cannot be given up yet",
                        {{"index", move.index}, {"shard", move.shard}, {"error", end.error}});
        self->GiveUpAt(self->node_.clock.MonotonicNanos() + kAgainNanos, move);
      });
}

// Moves are named once: one that is not there any more never will be.
void Source::EndIfOver(const OneMove& move) {
  const auto state = node_.cluster.state();
  if (FindMove(*state, move)) return;
  {
    std::lock_guard lock(mutex_);
    ending_.erase(move.key);
  }
  const auto shard = node_.shards.Find(move.index_uuid, move.shard);
  const cluster::IndexPtr index = state->FindIndex(move.index);
  if (!shard || shard->blocked_by() != move.key || !index || index->uuid != move.index_uuid) return;
  const std::uint64_t key = index->shard_keys[static_cast<std::size_t>(move.shard)];
  if (index->LivesOn(state->local_id, move.shard) && key == shard->options().key) shard->Unblock();
}

}  // namespace actions::moves
