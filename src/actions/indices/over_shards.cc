// Refresh, flush and count: a child on every shard of some indices.

#include <atomic>
#include <optional>

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
      done(ShardsAnswer{.total = self->total_,
                        .successful = self->successful_,
                        .failed = self->failed_,
                        .count = self->count_});
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
    total_ += child == kCount.shard ? 1 : 1 + index->number_of_replicas;
    const OneShard where{index->name, index->uuid, shard};
    const bool begun = children_.Start(index, shard, child, where.Encode(), [this](const End& end) {
      if (!end.error.ok()) return void(++failed_);
      ++successful_;
      count_ += std::strtoll(end.result->c_str(), nullptr, 10);
    });
    if (!begun) ++failed_;
  }

  Node& node_;
  tasks::RunningTask task_;
  const std::vector<std::string> names_;
  int total_ = 0;  // constant once the children run
  std::atomic<int> successful_ = 0, failed_ = 0;
  std::atomic<std::int64_t> count_ = 0;
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
