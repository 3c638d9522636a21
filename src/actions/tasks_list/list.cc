#include "actions/tasks_list/list.h"

#include <algorithm>
#include <mutex>

#include "actions/live_settings.h"
#include "actions/tasks_list/list_node.h"
#include "actions/tasks_list/told_pages.h"

namespace actions::tasks_list {

namespace {

// The pages of all nodes: the first of each is here, the others are asked for, one ahead of whoever
// takes them.
class Listing final : public TaskPages, public std::enable_shared_from_this<Listing> {
 public:
  Listing(std::shared_ptr<FanOut> fan_out, NodeQuestion question, std::int64_t timeout_millis,
          std::vector<OfNode> nodes, Failures failures)
      : TaskPages(fan_out->state(), std::move(failures)),
        fan_out_(std::move(fan_out)),
        question_(std::move(question)),
        timeout_millis_(timeout_millis),
        nodes_(std::move(nodes)) {
    std::erase_if(nodes_, [](const OfNode& of) { return of.pages.empty() && !of.next; });
  }
  // Given up: the client has gone.
  ~Listing() override {
    if (fan_out_) fan_out_->Finish(tasks::End(base::Cancelled("channel closed")), [] {});
  }

  void Next(Taken taken) override {
    std::unique_lock lock(mutex_);
    if (asking_) return void(waiting_ = std::move(taken));
    while (at_ < nodes_.size() && nodes_[at_].pages.empty() && !nodes_[at_].next) ++at_;
    if (at_ == nodes_.size()) return lock.unlock(), End(std::move(taken));
    OfNode& of = nodes_[at_];
    std::optional<Page> page;
    Taken now;
    if (!of.pages.empty()) {
      page = Page{of.node_id, std::move(of.pages.front())};
      of.pages.pop_front();
    }
    (page ? now : waiting_) = std::move(taken);
    asking_ = of.pages.empty() && of.next;
    const bool ask = asking_;
    lock.unlock();
    if (ask) Ask();
    if (now) now(std::move(page));
  }

  bool Short() const override {
    return std::ranges::all_of(nodes_,
                               [](const OfNode& of) { return !of.next && of.pages.size() <= 1; });
  }
  const std::vector<NodeFailure>& late_failures() const override { return late_failures_; }

 private:
  // `at_` stays where it is until the answer has come.
  void Ask() {
    question_.cursor = *nodes_[at_].next;
    question_.wait = false;
    fan_out_->Ask({.action = names::kTasksListNode,
                   .nodes = {nodes_[at_].node_id},
                   .payload = Encode(question_),
                   .timeout_millis = timeout_millis_},
                  [self = shared_from_this()](std::vector<FanOut::Answer> answers) {
                    self->OnAnswer(std::move(answers.front()));
                  });
  }

  void OnAnswer(FanOut::Answer answer) {
    Failures failures;
    OfNode told = TakeApart(std::move(answer), failures);
    Taken waiting;
    {
      std::lock_guard lock(mutex_);
      nodes_[at_] = std::move(told);
      std::ranges::move(failures.nodes, std::back_inserter(late_failures_));
      asking_ = false;
      waiting = std::exchange(waiting_, nullptr);
    }
    if (waiting) Next(std::move(waiting));
  }

  void End(Taken taken) {
    if (!fan_out_) return taken(std::nullopt);
    std::exchange(fan_out_, nullptr)->Finish(tasks::End(), [taken = std::move(taken)] {
      taken(std::nullopt);
    });
  }

  std::shared_ptr<FanOut> fan_out_;  // null after the end
  NodeQuestion question_;
  const std::int64_t timeout_millis_;
  std::mutex mutex_;
  std::vector<OfNode> nodes_;               // guarded by mutex_
  std::size_t at_ = 0;                      // guarded by mutex_
  bool asking_ = false;                     // guarded by mutex_; for the next page of nodes_[at_]
  Taken waiting_;                           // guarded by mutex_; for that page
  std::vector<NodeFailure> late_failures_;  // guarded by mutex_ until the end
};

}  // namespace

tasks::TaskPtr List(Node& node, ListRequest request, ListDone done) {
  const cluster::StatePtr state = node.cluster.state();
  auto nodes = cluster::ResolveNodes(*state, request.nodes);
  if (!nodes.ok()) return done(nodes.status()), nullptr;

  tasks::TaskSpec spec;
  spec.action = names::kTasksList;
  spec.cancellable = false;
  spec.not_cancellable_because = kOnlyLooks;
  spec.origin = request.origin;
  auto task = node.registry.Register(std::move(spec));
  if (!task.ok()) return done(task.status()), nullptr;

  NodeQuestion question{.filter = std::move(request.filter),
                        .detailed = request.detailed,
                        .wait = request.wait,
                        .wait_millis = request.timeout_millis.value_or(kDefaultWaitMillis),
                        .cursor = {}};
  const std::int64_t answer_millis = ListTimeoutMillis(node);
  std::optional<std::int64_t> timeout = request.timeout_millis.value_or(answer_millis);
  if (*timeout < 0) timeout = answer_millis;
  if (request.wait && timeout != 0) {
    // The node's own wait ends first, so that it can still tell what it knows.
    timeout = question.wait_millis + FanoutTimeoutMillis(node);
    if (question.wait_millis < 0) timeout.reset();
  }

  const tasks::TaskPtr context = task->context();
  auto fan_out = std::make_shared<FanOut>(node, *std::move(task), state);
  FanOut::Question ask{.action = names::kTasksListNode,
                       .nodes = *std::move(nodes),
                       .payload = Encode(question),
                       .timeout_millis = timeout};
  if (!request.wait) {
    ask.known_here = [&node, question] {
      const auto [page, all] = KnownHere(node, question);
      return FanOut::Known{Encode(page), all};
    };
  }
  fan_out->Ask(std::move(ask), [fan_out, question, answer_millis,
                                done = std::move(done)](std::vector<FanOut::Answer> answers) {
    Failures failures;
    std::vector<OfNode> of_nodes;
    for (FanOut::Answer& answer : answers) {
      of_nodes.push_back(TakeApart(std::move(answer), failures));
    }
    done(TaskPagesPtr(std::make_shared<Listing>(fan_out, question, answer_millis,
                                                std::move(of_nodes), std::move(failures))));
  });
  return context;
}

}  // namespace actions::tasks_list
