// The promises P4 and P5 under a million random steps; see test/support/model.h.

#include "support/model.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tasks/task_registry.h"

namespace test {

using base::Code;
using base::Status;
using tasks::End;
using tasks::RunningTask;
using tasks::Stop;
using tasks::StopCause;

void Model::Furnish(int i, LoopbackNode& node) {
  node.actions.Add("write", nullptr,
                   [this, i](RunningTask task, const std::shared_ptr<tasks::Inbound>& inbound) {
                     auto trace = Follow(i, *task);
                     writers_.push_back({i, std::stoi(inbound->request().payload), std::move(task),
                                         std::move(trace)});
                   });
  node.actions.Add("coordinate", nullptr,
                   [this, i](RunningTask task, const std::shared_ptr<tasks::Inbound>& inbound) {
                     Follow(i, *task);
                     std::make_shared<Coordinator>(*this, i, std::stoi(inbound->request().payload),
                                                   std::move(task))
                         ->Begin();
                   });
}

int Model::MakePlan(int node, int levels) {
  Plan plan{.node = node, .first = static_cast<int>(units_.size()), .count = 0, .below = {}};
  if (levels == 0) {
    units_.resize(units_.size() + static_cast<std::size_t>(Pick(4)));
  } else {
    for (std::int64_t i = 1 + Pick(3); i > 0; --i)
      plan.below.push_back(MakePlan(AnyNode(), Chance(70) ? 0 : levels - 1));
  }
  plan.count = static_cast<int>(units_.size()) - plan.first;
  plans_.push_back(std::move(plan));
  return static_cast<int>(plans_.size()) - 1;
}

void Model::StartRoot() {
  const int node = AnyNode();
  if (!cluster_.running(node) || cluster_.node(node).registry.size() > 40) return;
  tasks::TaskSpec spec{.action = "root"};
  if (Chance(10)) spec.deadline_nanos = now() + Pick(2000) * kMilli;
  auto task = cluster_.node(node).registry.Register(std::move(spec));
  const int plan = MakePlan(node, 2);
  const auto life = cluster_.life(node);
  Follow(node, **task);
  (*task)->AtEnd([this, life, plan](const End& end) {
    if (!life->dead) Answered(plans_[plan], end);
  });
  std::make_shared<Coordinator>(*this, node, plan, *std::move(task))->Begin();
  ++counts["roots"];
}

Model::TracePtr Model::Follow(int node, tasks::TaskContext& task) {
  auto trace = std::make_shared<Trace>();
  trace->id = task.id();
  trace->life = cluster_.life(node);
  trace->lease = task.spec().lease;
  if (task.spec().parent.set()) {
    trace->parent = traces_.at(task.spec().parent);
    trace->parent->children.push_back(trace);
    EXPECT_TRUE(trace->parent->ended_at == 0 || trace->parent->life->dead)
        << task.id().ToString() << " began after the end of " << trace->parent->id.ToString();
  }
  traces_[trace->id] = trace;
  task.AtEnd([this, trace](const End& end) {
    trace->ended_at = now();
    if (!trace->life->dead) Ended(trace, end);
  });
  return trace;
}

// P4, of a task that has just left the list.
void Model::Ended(const TracePtr& trace, const End& end) {
  std::vector<std::pair<TracePtr, std::string>> below;  // with the name of the child it is below
  const auto add_children = [&](const Trace& of, const std::string& child) {
    for (const auto& weak : of.children) {
      if (const TracePtr held = weak.lock())
        below.emplace_back(held, child.empty() ? held->id.ToString() : child);
    }
  };
  add_children(*trace, "");
  while (!below.empty()) {
    const auto [one, child] = below.back();
    below.pop_back();
    add_children(*one, child);
    if (!one->alive()) continue;
    ++counts["left the list before a descendant"];
    ASSERT_TRUE(one->lease && now() >= one->lease->valid_until_boot_nanos)
        << one->id.ToString() << " may still begin something until "
        << (one->lease ? one->lease->valid_until_boot_nanos.load() : -1) << ", now " << now()
        << ", after the end of " << trace->id.ToString() << ": " << end.error.reason();
    ASSERT_EQ(end.error.code(), Code::kUnconfirmed);
    const std::string& named = end.error.reason();
    ASSERT_TRUE(named.find(child) != std::string::npos ||
                named.find("a child on " + child.substr(0, child.find(':'))) != std::string::npos)
        << child << " is not named: " << named;
  }
}

// P5, of a request that has just been answered.
void Model::Answered(const Plan& plan, const End& end) {
  const std::string letters = end.result.value_or(std::string(plan.count, 'n'));
  ASSERT_EQ(static_cast<int>(letters.size()), plan.count);
  for (int i = 0; i < plan.count; ++i) {
    Unit& unit = units_[plan.first + i];
    unit.told = letters[i];
    ++counts[std::string("told ") + letters[i]];
    if (unit.told == 'd') {
      ASSERT_TRUE(unit.stored);
    }
    if (unit.told == 'n') {
      ASSERT_FALSE(unit.stored);
    }
    if (unit.told == 'u') {
      ASSERT_TRUE(unit.journal_lost || end.error.code() == Code::kUnconfirmed);
    }
  }
}

void Model::Store(int unit) {
  ASSERT_NE(units_[unit].told, 'n') << "told not done, and became visible";
  ASSERT_FALSE(units_[unit].stored) << "written twice";
  units_[unit].stored = true;
}

void Model::StepWriter(std::list<Writer>::iterator writer) {
  if (writer->sealed) return Append(writer);
  if (Status why = writer->task->Checkpoint(); !why.ok()) return EndWriter(writer, std::move(why));
  if (static_cast<int>(writer->letters.size()) == plans_[writer->plan].count)
    return EndWriter(writer, Status());
  if (Status why = writer->task->Seal(); !why.ok()) {
    ++counts[why.code() == Code::kCancelled ? "seals refused" : "seals after the lease"];
    return EndWriter(writer, std::move(why));
  }
  const auto& lease = writer->trace->lease;
  ASSERT_TRUE(!lease || now() < lease->valid_until_boot_nanos) << "an effect began after its lease";
  ASSERT_FALSE(writer->task->cancelled());
  writer->sealed = true;
}

void Model::Append(std::list<Writer>::iterator writer) {
  const int number = plans_[writer->plan].first + static_cast<int>(writer->letters.size());
  const int luck = static_cast<int>(Pick(100));
  const bool unknown = luck >= 95, failed = luck >= 90;
  if (!failed || (unknown && Chance(50))) Store(number);
  units_[number].journal_lost = unknown;
  writer->letters += unknown ? 'u' : failed ? 'n' : 'd';
  writer->sealed = false;
  if (writer->task->cancelled()) ++counts["stops latched"];
  Status why = writer->task->Unseal();
  if (failed) why = Status(unknown ? Code::kOutcomeUnknown : Code::kFailed, "the journal failed");
  if (!why.ok()) EndWriter(writer, std::move(why));
}

void Model::EndWriter(std::list<Writer>::iterator writer, Status why) {
  writer->letters.resize(plans_[writer->plan].count, 'n');
  const auto tail = writer->letters.find_first_not_of('d');
  ASSERT_TRUE(tail == std::string::npos || writer->letters.find('d', tail) == std::string::npos)
      << "not a prefix: " << writer->letters;
  Writer ended = std::move(*writer);
  writers_.erase(writer);
  const bool all_done = ended.letters.find_first_not_of('d') == std::string::npos;
  std::move(ended.task).Finish(End(all_done ? Status() : std::move(why), ended.letters));
}

void Model::StepAnyWriter() {
  if (writers_.empty()) return;
  const auto writer = std::next(writers_.begin(), Pick(static_cast<std::int64_t>(writers_.size())));
  if (cluster_.running(writer->node)) StepWriter(writer);
}

void Model::CancelSomething() {
  const Stop stop{.cause = StopCause::kUser, .reason = "by user request"};
  const int node = AnyNode();
  if (!cluster_.running(node)) return;
  tasks::TaskRegistry& registry = cluster_.node(node).registry;
  ++counts["cancels"];
  if (Chance(3)) {
    registry.CancelMatching({}, &stop);
  } else if (Chance(50)) {
    tasks::TaskRegistry::Cursor cursor{.shard = static_cast<std::size_t>(Pick(64))};
    for (const auto& task : registry.NextPage(cursor, {}, 1))
      ASSERT_TRUE(registry.Cancel(task->id(), {}, stop).ok());
  } else {
    tasks::TaskRegistry::Cursor cursor;
    const auto roots = registry.NextPage(cursor, {.actions = {"root"}});
    if (roots.empty()) return;
    const auto& root = roots[Pick(static_cast<std::int64_t>(roots.size()))];
    ASSERT_TRUE(registry.Cancel(root->id(), {}, stop).ok());
  }
}

void Model::BreakSomething() {
  const int node = AnyNode(), other = AnyNode();
  const std::int64_t what = Pick(100);
  if (what < 40) {
    cluster_.Freeze(node);
    ++counts["freezes"];
  } else if (what < 80) {
    cluster_.Delay(node, other, Chance(50) ? 0 : Pick(1500) * kMilli);
  } else if (what < 92) {
    cluster_.Cut(node, other);
    ++counts["ways cut"];
  } else if (cluster_.running(node)) {
    Kill(node);
    ++counts["deaths"];
  }
}

void Model::MendSomething() {
  const int node = AnyNode();
  if (!cluster_.running(node)) {
    if (cluster_.life(node)->dead) {
      cluster_.Restart(node);
    } else {
      cluster_.Thaw(node);
    }
    reachable_since_[node] = now();
  }
  for (int other = 0; other < kNodes; ++other) {
    cluster_.Mend(other, node);
    cluster_.Mend(node, other);
  }
  cluster_.Reconnect();
}

void Model::Kill(int node) {
  cluster_.Kill(node);
  for (const auto& [id, trace] : traces_) {
    if (trace->life == cluster_.life(node) && trace->ended_at == 0) trace->ended_at = now();
  }
  for (auto writer = writers_.begin(); writer != writers_.end();) {
    const auto one = writer++;
    if (one->node != node) continue;
    const int number = plans_[one->plan].first + static_cast<int>(one->letters.size());
    if (one->sealed && Chance(50)) Store(number);  // the journal had it already
    writers_.erase(one);
  }
  cluster_.Bury(node);
}

void Model::Advance(std::int64_t nanos) {
  cluster_.clock.AdvanceNanos(nanos);
  for (int i = 0; i < kNodes; ++i) cluster_.Turn(i);
  for (auto writer = writers_.begin(); writer != writers_.end();) {
    const auto one = writer++;
    if (!cluster_.running(one->node)) continue;
    const auto stop = one->task->stop();
    if (!stop || now() - stop->at_nanos < kObeysWithin) continue;
    const bool was_sealed = one->sealed;
    StepWriter(one);
    if (was_sealed) ++counts["appends at the last moment"];
  }
  CheckOrphans();
}

// P4: nothing is left of a parent that is gone, a lease and a second after it can be known.
void Model::CheckOrphans() {
  for (const Writer& writer : writers_) {
    const Trace& parent = *writer.trace->parent;
    if (!cluster_.running(writer.node) || parent.ended_at == 0) continue;
    const std::int64_t since = std::max(parent.ended_at, reachable_since_[writer.node]);
    ASSERT_LE(now() - since, SimCluster::kLeaseNanos + 1000 * kMilli)
        << writer.task->id().ToString() << " was left over";
  }
}

void Model::Step() {
  const std::int64_t what = Pick(1000);
  if (what < 120) return StartRoot();
  if (what < 560) return StepAnyWriter();
  if (what < 800) return cluster_.Turn(AnyNode());
  if (what < 860) return CancelSomething();
  if (what < 985) return Advance(Pick(60) * kMilli);
  if (what < 991) return BreakSomething();
  MendSomething();
}

void Model::Quiesce() {
  for (int round = 0; round < 400; ++round) {
    for (int i = 0; i < kNodes; ++i) {
      for (int other = 0; other < kNodes; ++other) cluster_.Delay(i, other, 0);
      MendSomething();
    }
    Advance(50 * kMilli);
    for (std::size_t i = writers_.size() * 2; i > 0; --i) StepAnyWriter();
  }
  EXPECT_TRUE(writers_.empty());
  for (int i = 0; i < kNodes; ++i) {
    for (const auto& task : cluster_.node(i).Alive())
      ADD_FAILURE() << task->id().ToString() << " [" << task->spec().action << "] never ended";
  }
  for (const Unit& unit : units_) {
    if (unit.told == 'd') {
      EXPECT_TRUE(unit.stored);
    }
    if (unit.told == 'n') {
      EXPECT_FALSE(unit.stored);
    }
  }
  traces_.clear();
  units_.clear();
  plans_.clear();
}

namespace {

std::int64_t FromEnvironment(const char* name, std::int64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoll(text);
}

TEST(TasksOnThreeNodes, KeepTheirPromisesWhateverHappens) {
  const std::int64_t steps = FromEnvironment("QUELL_MODEL_STEPS", 1'000'000);
  Model model(static_cast<std::uint64_t>(FromEnvironment("QUELL_MODEL_SEED", 1)));
  for (std::int64_t i = 1; i <= steps; ++i) {
    model.Step();
    if (i % 20'000 == 0) model.Quiesce();
    ASSERT_FALSE(testing::Test::HasFailure()) << "at step " << i;
  }
  model.Quiesce();
  for (const auto& [what, count] : model.counts) {
    if (steps >= 1'000'000) {
      EXPECT_GT(count, 0) << what;
    }
    std::printf("%10ld %s\n", static_cast<long>(count), what.c_str());
  }
}

}  // namespace
}  // namespace test
