// test/support/model.h
//
// Requests that write on a cluster of three simulated nodes, and what must be true of them whatever
// happens: P4 (a task leaves the list only when each descendant has ended, or its node is dead, or
// its lease is over and it is named; nothing begins after its lease; nothing is left for long) and
// P5 (what is told done is durable, what is told not done never becomes visible, what is told
// unknown was lost). Each promise is checked where it could be broken.
//
// A root coordinates children, here and elsewhere: writers, or coordinators of writers. A writer
// seals, appends and unseals one unit at a step. Lifetime: one a test. Threads: one.

#pragma once

#include <gtest/gtest.h>

#include <list>
#include <random>

#include "support/sim_cluster.h"
#include "tasks/child_scope.h"

namespace test {

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}
  ~Model() { Quiesce(); }

  // One thing happens; what, is left to chance.
  void Step();
  // The cluster is well again and left alone: every task must end.
  void Quiesce();

  std::map<std::string, std::int64_t> counts;  // of what has happened, for the curious

 private:
  static constexpr int kNodes = 3;
  static constexpr std::int64_t kMilli = 1'000'000;
  static constexpr std::int64_t kObeysWithin = 400 * kMilli;

  struct Unit {
    char told = 0;  // d, n or u, once the root has answered
    bool stored = false;
    bool journal_lost = false;
  };
  struct Plan {
    int node, first, count;  // of its units
    std::vector<int> below;  // plans; none: it writes
  };
  // What the test knows of a task. Its life's registry says whether it is alive.
  struct Trace {
    tasks::TaskId id;
    SimCluster::LifePtr life;
    std::shared_ptr<const tasks::Lease> lease;
    std::shared_ptr<Trace> parent;
    std::vector<std::weak_ptr<Trace>> children;
    std::int64_t ended_at = 0;
    bool alive() const { return !life->dead && life->node.registry.Find(id.number) != nullptr; }
  };
  using TracePtr = std::shared_ptr<Trace>;
  struct Writer {
    int node, plan;
    tasks::RunningTask task;
    TracePtr trace;
    std::string letters = {};
    bool sealed = false;
  };
  class Coordinator;

  std::int64_t Pick(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }
  bool Chance(int percent) { return Pick(100) < percent; }
  int AnyNode() { return static_cast<int>(Pick(kNodes)); }
  std::int64_t now() const { return cluster_.clock.MonotonicNanos(); }

  void Furnish(int i, LoopbackNode& node);
  int MakePlan(int node, int levels);
  void StartRoot();
  TracePtr Follow(int node, tasks::TaskContext& task);
  void Ended(const TracePtr& trace, const tasks::End& end);
  void Answered(const Plan& plan, const tasks::End& end);

  void StepWriter(std::list<Writer>::iterator writer);
  void Append(std::list<Writer>::iterator writer);
  void EndWriter(std::list<Writer>::iterator writer, base::Status why);
  void Store(int unit);
  void StepAnyWriter();

  void CancelSomething();
  void BreakSomething();
  void MendSomething();
  void Kill(int node);
  void Advance(std::int64_t nanos);
  void CheckOrphans();

  std::mt19937_64 random_;
  std::vector<Unit> units_;
  std::vector<Plan> plans_;
  std::map<tasks::TaskId, TracePtr> traces_;
  std::list<Writer> writers_;
  std::array<std::int64_t, kNodes> reachable_since_{};
  SimCluster cluster_{kNodes, [this](int i, LoopbackNode& node) { Furnish(i, node); }};
};

// Holds no thread: ends when its children are joined.
class Model::Coordinator : public std::enable_shared_from_this<Coordinator> {
 public:
  Coordinator(Model& model, int node, int plan, tasks::RunningTask task)
      : model_(model), node_(node), plan_(model.plans_[plan]), task_(std::move(task)) {}

  void Begin() {
    letters_.assign(plan_.count, 'n');
    children_.emplace(*task_);
    for (const int below : plan_.below) {
      const Plan& child = model_.plans_[below];
      tasks::StartRequest start{.action = child.below.empty() ? "write" : "coordinate"};
      start.payload = std::to_string(below);
      children_->Start(model_.cluster_.Way(node_, child.node), std::move(start),
                       {.on_started = nullptr,
                        .on_progress = nullptr,
                        .on_end = [self = shared_from_this(), first = child.first,
                                   count = child.count](const tasks::End& end) {
                          self->Place(first - self->plan_.first, count, end);
                        }});
    }
    if (model_.Chance(3)) children_->StopChildren({.cause = tasks::StopCause::kPolicy});
    children_->WhenJoined([self = shared_from_this()](base::Status why) {
      const bool all_done = why.code() != base::Code::kUnconfirmed &&
                            self->letters_.find_first_not_of('d') == std::string::npos;
      std::move(self->task_)
          .Finish(tasks::End(all_done ? base::Status() : std::move(why), self->letters_));
    });
  }

 private:
  void Place(int at, int count, const tasks::End& end) {
    const bool lost = end.error.code() == base::Code::kUnconfirmed;
    letters_.replace(at, count, end.result.value_or(std::string(count, lost ? 'u' : 'n')));
  }

  Model& model_;
  const int node_;
  const Plan plan_;
  tasks::RunningTask task_;
  std::string letters_;
  std::optional<tasks::ChildScope> children_;
};

}  // namespace test
