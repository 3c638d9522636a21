#include "actions/bulk/shard_bulk.h"

#include "actions/bulk/primary.h"
#include "actions/bulk/relay.h"
#include "actions/bulk/shard_wire.h"

namespace actions::bulk {

namespace {

using base::Status;
using tasks::End;

// bulk[s], which holds no thread. Each step runs on one thread at a time: the handler's, the
// loop's, then that of the child's end.
class ShardBulk : public std::enable_shared_from_this<ShardBulk> {
 public:
  ShardBulk(Node& node, tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound)
      : node_(node), task_(std::move(task)), inbound_(std::move(inbound)) {}

  void Begin() {
    auto request = ShardRequest::Decode(inbound_->request().payload);
    if (!request.ok()) return std::move(task_).Finish(End(request.status()));
    request_ = *std::move(request);
    constexpr int kCopiesHere = 1;
    if (request_.needed_copies > kCopiesHere) return WaitForCopies();
    WriteOnPrimary();
  }

 private:
  // Copies can come only with a new state of the cluster; ours never have more than one, so this
  // waits for its time to be over, or for a stop.
  void WaitForCopies() {
    ReplicationStatusOf(*task_).Set("waiting_for_retry");
    waiting_.emplace(*task_, "active copies");
    node_.loop.Post([self = shared_from_this()] { self->AwaitTimeout(); });
  }

  void AwaitTimeout() {  // on the loop
    const auto due = node_.clock.MonotonicNanos() + request_.timeout.nanos();
    timer_ = node_.loop.At(due, [self = shared_from_this()] { self->EndWaiting(); });
    stop_hook_.emplace(*task_, node_.loop, weak_from_this(), &ShardBulk::EndWaiting);
  }

  void EndWaiting() {  // on the loop
    if (!task_) return;
    node_.loop.Cancel(timer_);
    stop_hook_.reset();
    waiting_.reset();
    Status why = task_->Checkpoint();
    if (why.ok()) {
      why = Status(503, "unavailable_shards_exception",
                   "[" + request_.index + "][" + std::to_string(request_.shard) +
                       "] Not enough active copies to meet shard count of [" +
                       std::to_string(request_.needed_copies) + "] (have 1, needed " +
                       std::to_string(request_.needed_copies) + "). Timeout: [" +
                       request_.timeout.ToString() + "]");
    }
    Finish(End(std::move(why)));
  }

  void WriteOnPrimary() {
    ReplicationStatusOf(*task_).Set("waiting_on_primary");
    waiting_.emplace(*task_, "primary");
    task_->SetTotal(static_cast<std::int64_t>(request_.operations), "operations");
    const tasks::StartRequest& mine = inbound_->request();
    const auto self = shared_from_this();
    tasks::StartRequest start;
    start.action = names::kBulkPrimary;
    start.token = mine.token;
    start.payload = mine.payload;
    if (inbound_->streamed()) start.stream = std::make_shared<Relay>(inbound_, task_.context());
    children_.emplace(*task_);
    children_->Start(
        node_.self(), std::move(start),
        {.on_started = nullptr,
         .on_progress = [self](const std::string& bytes) { self->inbound_->Progress(bytes); },
         .on_end = [self](const End& end) { self->primary_end_ = end; },
         .at_once = true});
    children_->WhenJoined([self](Status joined) {
      End end = self->primary_end_.value_or(End(std::move(joined)));
      self->waiting_.reset();
      ShowFinished(*self->task_);
      self->Finish(std::move(end));
    });
  }

  void Finish(End end) { std::move(task_).Finish(std::move(end)); }

  Node& node_;
  tasks::RunningTask task_;
  const std::shared_ptr<tasks::Inbound> inbound_;
  ShardRequest request_;
  std::optional<tasks::Waiting> waiting_;
  tasks::Loop::TimerId timer_{};
  std::optional<tasks::StopHook> stop_hook_;
  std::optional<End> primary_end_;
  std::optional<tasks::ChildScope> children_;
};

void Describe(const tasks::StartRequest& start, tasks::TaskSpec& spec) {
  const auto request = ShardRequest::Decode(start.payload);
  if (request.ok()) {
    spec.description = request->Description();
    spec.indices = {request->index};
  }
  spec.status = std::make_shared<tasks::ReplicationStatus>();
}

}  // namespace

tasks::ReplicationStatus& ReplicationStatusOf(tasks::TaskContext& task) {
  // The spec shows it to readers; the work that owns the task is its only writer.
  return const_cast<tasks::ReplicationStatus&>(
      static_cast<const tasks::ReplicationStatus&>(*task.spec().status));
}

void ShowFinished(tasks::TaskContext& task) {
  if (!task.cancelled()) ReplicationStatusOf(task).Set("finished");
}

void AddShardActions(Node& node) {
  node.action_table.Add(
      names::kBulkShard,
      [](const tasks::StartRequest& start, tasks::TaskSpec& spec) {
        Describe(start, spec);
        spec.type = tasks::TaskType::kTransport;  // as OpenSearch's, also on the own node
      },
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        std::make_shared<ShardBulk>(node, std::move(task), std::move(inbound))->Begin();
      },
      tasks::Reach::kOwnNode);
  node.action_table.Add(
      names::kBulkPrimary, Describe,
      [&node](tasks::RunningTask task, std::shared_ptr<tasks::Inbound> inbound) {
        WriteOnPrimary(node, std::move(task), std::move(inbound));
      },
      tasks::Reach::kOwnNode);
}

}  // namespace actions::bulk
