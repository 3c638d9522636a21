#include "actions/state_ack.h"

#include <algorithm>
#include <optional>

#include "actions/bulk/wire.h"
#include "actions/tasks_list/fan_out.h"

namespace actions {

namespace {

using tasks_list::FanOut;

constexpr std::string_view kApplied = "internal:cluster/coordination/applied";

// A node that is asked: ends when it has applied the write, or has to stop. Everything on the loop.
class Applied : public std::enable_shared_from_this<Applied> {
 public:
  Applied(Node& node, tasks::RunningTask task) : node_(node), task_(std::move(task)) {}

  void Await(std::uint64_t sequence) {
    hook_.emplace(*task_, node_.loop, weak_from_this(), &Applied::Finish);
    waiter_ = node_.cluster.WhenApplied(sequence, [weak = weak_from_this(), &loop = node_.loop] {
      loop.Post([weak] {
        if (const auto self = weak.lock()) self->Finish();
      });
    });
    self_ = shared_from_this();
  }

 private:
  void Finish() {
    if (!task_) return;
    node_.cluster.Forget(waiter_);
    tasks::RunningTask task = std::move(task_);
    hook_.reset();
    const auto last = std::exchange(self_, nullptr);
    const base::Status stopped = task->Checkpoint();
    std::move(task).Finish(tasks::End(stopped));
  }

  Node& node_;
  tasks::RunningTask task_;
  std::uint64_t waiter_ = 0;
  std::optional<tasks::StopHook> hook_;
  std::shared_ptr<Applied> self_;  // until it has ended
};

}  // namespace

void RegisterStateAck(Node& node) {
  node.action_table.Add(
      kApplied, [](const tasks::StartRequest&, tasks::TaskSpec&) {},
      [&node](tasks::RunningTask task, const std::shared_ptr<tasks::Inbound>& inbound) {
        bulk::WireReader in(inbound->request().payload);
        const std::uint64_t sequence = in.Varint();
        if (!in.ok() || !in.done())
          return std::move(task).Finish(tasks::End(base::Internal("malformed sequence")));
        const auto applied = std::make_shared<Applied>(node, std::move(task));
        node.loop.Post([applied, sequence] { applied->Await(sequence); });
      },
      tasks::Reach::kOwnNode, tasks::Early::kYes);
}

void FinishWhenApplied(Node& node, tasks::RunningTask task, std::function<void(bool all)> done) {
  const cluster::StatePtr state = node.cluster.state();
  FanOut::Question question{.action = kApplied,
                            .nodes = {},
                            .payload = {},
                            .timeout_millis = node.settings.list_timeout_millis};
  for (const auto& [id, other] : state->nodes)
    if (id != state->local_id) question.nodes.push_back(id);
  bulk::PutVarint(question.payload, state->sequence);
  const auto ask = [&node, state, question = std::move(question),
                    done = std::move(done)](const std::shared_ptr<tasks::RunningTask>& running) {
    const auto fan_out = std::make_shared<FanOut>(node, std::move(*running), state);
    fan_out->Ask(question, [fan_out, done](const std::vector<FanOut::Answer>& answers) {
      const bool all = std::ranges::all_of(
          answers, [](const FanOut::Answer& answer) { return answer.status.ok(); });
      fan_out->Finish(tasks::End(), [done, all] { done(all); });
    });
  };
  // Not here: this may be a thread of leaves, and the loop's owns children.
  const auto running = std::make_shared<tasks::RunningTask>(std::move(task));
  node.loop.Post([ask, running] { ask(running); });
}

}  // namespace actions
