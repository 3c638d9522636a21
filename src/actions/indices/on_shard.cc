#include "actions/indices/on_shard.h"

#include <optional>

#include "actions/bulk/primary.h"
#include "actions/bulk/wire.h"
#include "actions/shards/find_shard.h"

namespace actions::indices {

namespace {

using base::Result;
using base::Status;
using bulk::ReplicationStatusOf;
using bulk::ShowFinished;
using tasks::End;

Result<std::int64_t> DoOnShard(Node& node, tasks::TaskContext& task,
                               const tasks::StartRequest& request) {
  ASSIGN_OR_RETURN(const OneShard where, OneShard::Decode(request.payload));
  ASSIGN_OR_RETURN(const auto shard, FindShard(node, task, where.index_uuid, where.number));
  if (shard == nullptr)
    return Status(503, "unavailable_shards_exception", "[" + where.index + "] is not available");
  if (request.action == kCount.shard) return shard->refreshed_documents();
  if (request.action == kFlush.primary) {
    RETURN_IF_ERROR(node.store.Flush(task));
  } else {
    node.shards.Refresh(shard);
  }
  return std::int64_t{0};
}

void SubmitLeaf(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
  node.pools.generic.Submit(std::move(task), [&node, inbound](tasks::TaskContext& running) {
    const auto done = DoOnShard(node, running, inbound->request());
    return done.ok() ? End(Status(), std::to_string(*done)) : End(done.status());
  });
}

// [s]: each step runs on one thread at a time, the handler's, then that of the child's end.
class ShardStep : public std::enable_shared_from_this<ShardStep> {
 public:
  ShardStep(Node& node, tasks::RunningTask task) : node_(node), task_(std::move(task)) {}

  void Run(std::string_view primary, const std::string& payload) {
    ReplicationStatusOf(*task_).Set("waiting_on_primary");
    waiting_.emplace(*task_, "primary");
    children_.emplace(*task_);
    const auto self = shared_from_this();
    children_->Start(node_.self(), {.action = primary, .payload = payload},
                     {.on_started = nullptr,
                      .on_progress = nullptr,
                      .on_end = [self](const End& end) { self->end_ = end; }});
    children_->WhenJoined([self](Status joined) {
      End end = self->end_.value_or(End(std::move(joined)));
      self->waiting_.reset();
      ShowFinished(*self->task_);
      std::move(self->task_).Finish(std::move(end));
    });
  }

 private:
  Node& node_;
  tasks::RunningTask task_;
  std::optional<tasks::Waiting> waiting_;
  std::optional<End> end_;
  std::optional<tasks::ChildScope> children_;
};

// How OpenSearch describes them: "flush {[ev][0]}", "BasicReplicationRequest{[ev][0]}",
// "shardId[[ev][0]]".
void Describe(std::string_view before, std::string_view behind, const tasks::StartRequest& start,
              tasks::TaskSpec& spec) {
  const auto where = OneShard::Decode(start.payload);
  if (!where.ok()) return;
  spec.description = std::string(before) + "[" + where->index + "][" +
                     std::to_string(where->number) + "]" + std::string(behind);
  spec.indices = {where->index};
}

void DescribeReplicated(std::string_view before, const tasks::StartRequest& start,
                        tasks::TaskSpec& spec) {
  spec.status = std::make_shared<tasks::ReplicationStatus>();
  Describe(before, "}", start, spec);
}

void AddReplicated(Node& node, const OverShardsKind& kind, std::string_view description) {
  node.action_table.Add(
      kind.shard,
      [description](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        DescribeReplicated(description, start, spec);
        spec.type = tasks::TaskType::kTransport;  // as OpenSearch's, also on the own node
      },
      [&node, primary = kind.primary](tasks::RunningTask task,
                                      std::shared_ptr<tasks::Inbound> inbound) {
        std::make_shared<ShardStep>(node, std::move(task))
            ->Run(primary, inbound->request().payload);
      },
      tasks::Reach::kOwnNode);
  node.action_table.Add(
      kind.primary,
      [description](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        DescribeReplicated(description, start, spec);
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        ReplicationStatusOf(*task).Set("primary");
        SubmitLeaf(node, std::move(task), std::move(inbound));
      },
      tasks::Reach::kOwnNode);
}

}  // namespace

std::string OneShard::Encode() const {
  std::string bytes;
  bulk::PutText(bytes, index);
  bulk::PutText(bytes, index_uuid);
  bulk::PutVarint(bytes, static_cast<std::uint64_t>(number));
  return bytes;
}

Result<OneShard> OneShard::Decode(std::string_view bytes) {
  bulk::WireReader in(bytes);
  OneShard where;
  where.index = in.Text();
  where.index_uuid = in.Text();
  where.number = static_cast<int>(in.Varint());
  if (!in.ok() || !in.done()) return base::Internal("malformed request to a shard");
  return where;
}

void AddShardActions(Node& node) {
  AddReplicated(node, kRefresh, "BasicReplicationRequest{");
  AddReplicated(node, kFlush, "flush {");
  node.action_table.Add(
      kCount.shard,
      [](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        Describe("shardId[", "]", start, spec);
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        SubmitLeaf(node, std::move(task), std::move(inbound));
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::indices
