#include "actions/update/update.h"

#include "actions/bulk/relay.h"

namespace actions::update {

namespace {

using tasks::End;

// update[s]: passes the operation on and holds no thread.
class ShardUpdate : public std::enable_shared_from_this<ShardUpdate> {
 public:
  ShardUpdate(tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound)
      : task_(std::move(task)), inbound_(std::move(inbound)) {}

  void Begin(tasks::Peer& self_node) {
    waiting_.emplace(*task_, "shard");
    tasks::StartRequest start;
    start.action = names::kBulkShard;
    start.token = inbound_->request().token;
    start.payload = inbound_->request().payload;
    if (inbound_->streamed()) {
      start.stream = std::make_shared<bulk::Relay>(inbound_, task_.context());
    }
    const auto self = shared_from_this();
    children_.emplace(*task_);
    children_->Start(
        self_node, std::move(start),
        {.on_started = nullptr,
         .on_progress = [self](const std::string& bytes) { self->inbound_->Progress(bytes); },
         .on_end = [self](const End& end) { self->child_end_ = end; },
         .at_once = true});
    children_->WhenJoined([self](base::Status joined) {
      self->waiting_.reset();
      std::move(self->task_).Finish(self->child_end_.value_or(End(std::move(joined))));
    });
  }

 private:
  tasks::RunningTask task_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  std::optional<tasks::Waiting> waiting_;
  std::optional<End> child_end_;
  std::optional<tasks::ChildScope> children_;
};

}  // namespace

void AddShardAction(Node& node) {
  node.action_table.Add(
      names::kUpdateShard, [](const tasks::StartRequest&, tasks::TaskSpec&) {},
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        std::make_shared<ShardUpdate>(std::move(task), std::move(inbound))->Begin(node.self());
      },
      tasks::Reach::kOwnNode);
}

std::string Describe(std::string_view index) {
  return "updating document in [" + std::string(index) + "]";
}

bulk::SingleWrite UpdateWrite(bulk::BulkParams params, std::string id, bulk::Extra extra,
                              std::string body) {
  bulk::SingleWrite write;
  write.type = engine::OpType::kUpdate;
  write.id = std::move(id);
  write.extra = extra;
  write.source = std::move(body);
  write.params = std::move(params);
  return write;
}

}  // namespace actions::update
