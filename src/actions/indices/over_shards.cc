// Refresh, flush and count: a child on every shard of some indices.

#include <algorithm>
#include <mutex>

#include "actions/indices/indices.h"
#include "actions/indices/on_shard.h"
#include "actions/shards/shard_calls.h"
#include "base/text/strings.h"
#include "cluster/index/index_blocks.h"

namespace actions::indices {

using base::Status;
using tasks::End;

namespace {

// One request while it waits for its shards; owns itself until then.
class OverShards : public std::enable_shared_from_this<OverShards> {
 public:
  OverShards(Node& node, tasks::RunningTask task, std::vector<std::string> names)
      : node_(node), task_(std::move(task)), names_(std::move(names)), children_(node, *task_) {}

  void Run(std::string_view child, ShardsDone done) {
    auto self = shared_from_this();
    task_->AtEnd([self, done = std::move(done)](const End& end) {
      if (end.outcome == tasks::Outcome::kCancelled) return done(end.error);
      std::ranges::sort(self->answer_.failures, {}, [](const ShardFailure& failure) {
        return std::tie(failure.index, failure.shard);
      });
      done(std::move(self->answer_));
    });
    const cluster::StatePtr state = node_.cluster.state();
    for (const std::string& name : names_) {
      const cluster::IndexPtr index = state->FindIndex(name);
      if (index == nullptr) continue;  // deleted meanwhile
      for (int shard = 0; shard < index->number_of_shards; ++shard) StartOn(index, shard, child);
    }
    children_.WhenJoined(
        [self](Status why) { std::move(self->task_).Finish(End(std::move(why))); });
  }

 private:
  void StartOn(const cluster::IndexPtr& index, int shard, std::string_view child) {
    const OneShard where{index->name, index->uuid, shard};
    {
      std::lock_guard lock(mutex_);
      answer_.total += child == kCount.shard ? 1 : 1 + index->number_of_replicas;
    }
    children_.Start(index, shard, child, where.Encode(),
                    [this, where](const End& end) { Take(where, end); });
  }

  void Take(const OneShard& of, const End& end) {
    std::lock_guard lock(mutex_);
    if (!end.error.ok()) return answer_.failures.push_back({of.index, of.number, end.error});
    ++answer_.successful;
    answer_.count += std::strtoll(end.result->c_str(), nullptr, 10);
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::vector<std::string> names_;
  std::mutex mutex_;
  ShardsAnswer answer_;  // guarded by mutex_ until the children have joined
  ShardCalls children_;  // last: its callbacks use everything above
};

void Begin(Node& node, const OverShardsKind& kind, tasks::RunningTask task,
           std::vector<std::string> names, ShardsDone done) {
  std::make_shared<OverShards>(node, std::move(task), std::move(names))
      ->Run(kind.shard, std::move(done));
}

void RegisterAndBegin(Node& node, const OverShardsKind& kind, tasks::OriginPtr origin,
                      std::vector<std::string> names, ShardsDone done) {
  tasks::TaskSpec spec{.action = kind.action};
  spec.indices = names;
  spec.origin = std::move(origin);
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status());
  Begin(node, kind, *std::move(task), std::move(names), std::move(done));
}

}  // namespace

void Register(Node& node) { AddShardActions(node); }

void Refresh(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done) {
  RegisterAndBegin(node, kRefresh, std::move(origin), std::move(names), std::move(done));
}

void Flush(Node& node, tasks::OriginPtr origin, std::vector<std::string> names, ShardsDone done) {
  RegisterAndBegin(node, kFlush, std::move(origin), std::move(names), std::move(done));
}

void Count(Node& node, tasks::RunningTask task, std::vector<std::string> names, ShardsDone done) {
  if (Status blocked = cluster::CheckBlocks(*node.cluster.state(), names, cluster::Access::kRead);
      !blocked.ok()) {
    task->AtEnd([done = std::move(done)](const End& end) { done(end.error); });
    return std::move(task).Finish(End(std::move(blocked)));
  }
  task->Describe("indices[" + base::Join(names, ",") + "], search_type[QUERY_THEN_FETCH], source[]",
                 names);
  Begin(node, kCount, std::move(task), std::move(names), std::move(done));
}

}  // namespace actions::indices
