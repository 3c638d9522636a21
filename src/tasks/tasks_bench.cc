// What the heart costs: a checkpoint in every loop, a registration for every request, a list and a
// cancel of very many.

#include <benchmark/benchmark.h>

#include "tasks/record/checkpoint_monitor.h"
#include "tasks/record/history.h"
#include "tasks/run/thread_pool.h"
#include "tasks/task_registry.h"

namespace tasks {
namespace {

const base::Clock& kClock = base::Clock::System();

void Checkpoint(benchmark::State& state) {
  TaskContext task({"n", 1}, {.action = "a"}, kClock);
  for (auto _ : state) {
    const base::Status status = task.Checkpoint();
    benchmark::DoNotOptimize(status.ok());
  }
}
BENCHMARK(Checkpoint);

void CheckpointWhileItIsWatched(benchmark::State& state) {
  TaskRegistry registry({.node_id = "n", .clock = &kClock});
  const RunningTask task = *registry.Register({.action = "a"});
  const OnThread on(registry.monitor(), task.context());
  for (auto _ : state) {
    const base::Status status = task->Checkpoint();
    benchmark::DoNotOptimize(status.ok());
  }
}
BENCHMARK(CheckpointWhileItIsWatched);

void SealAndUnseal(benchmark::State& state) {
  TaskContext task({"n", 1}, {.action = "a"}, kClock);
  for (auto _ : state) {
    benchmark::DoNotOptimize(task.Seal().ok());
    benchmark::DoNotOptimize(task.Unseal().ok());
  }
}
BENCHMARK(SealAndUnseal);

void RegisterAndEnd(benchmark::State& state) {
  TaskRegistry registry({.node_id = "n", .clock = &kClock});
  for (auto _ : state) std::move(*registry.Register({.action = "a"})).Finish(End());
}
BENCHMARK(RegisterAndEnd)->ThreadRange(1, 2);

void RegisterAndEndWithHistory(benchmark::State& state) {
  History history({}, kClock);
  TaskRegistry registry(
      {.node_id = "AAAAAAAAAAAAAAAAAAAAAA", .clock = &kClock, .history = &history});
  for (auto _ : state)
    std::move(*registry.Register({.action = "indices:data/write/bulk"})).Finish(End());
}
BENCHMARK(RegisterAndEndWithHistory);

void ThroughAPool(benchmark::State& state) {
  Loop loop(kClock);
  TaskRegistry registry({.node_id = "n", .clock = &kClock});
  ThreadPool pool({.name = "write", .threads = 1, .queue = 100'000}, loop);
  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i)
      pool.Submit(*registry.Register({.action = "a"}), [](TaskContext&) { return End(); });
    registry.WaitUntilEmpty(60'000);
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(ThroughAPool)->UseRealTime();

class HundredThousand : public benchmark::Fixture {
 public:
  void SetUp(benchmark::State&) override {
    registry = std::make_unique<TaskRegistry>(
        TaskRegistry::Options{.node_id = "AAAAAAAAAAAAAAAAAAAAAA", .clock = &kClock});
    for (int i = 0; i < 100'000; ++i)
      tasks.push_back(*registry->Register(
          {.action = "indices:data/write/bulk[s]", .description = "requests[1], index[logs][0]"}));
  }
  void TearDown(benchmark::State&) override {
    tasks.clear();
    registry.reset();
  }
  std::unique_ptr<TaskRegistry> registry;
  std::vector<RunningTask> tasks;
};

BENCHMARK_DEFINE_F(HundredThousand, AreListed)(benchmark::State& state) {
  for (auto _ : state) {
    TaskRegistry::Cursor cursor;
    std::size_t listed = 0;
    for (;;) {
      const auto page = registry->NextPage(cursor, {.actions = {"indices:data/write/*"}});
      if (page.empty()) break;
      for (const TaskPtr& task : page) benchmark::DoNotOptimize(task->Info(true));
      listed += page.size();
    }
    if (listed != 100'000) state.SkipWithError("a task is missing");
  }
}
BENCHMARK_REGISTER_F(HundredThousand, AreListed)->Unit(benchmark::kMillisecond);

BENCHMARK_DEFINE_F(HundredThousand, AreCancelled)(benchmark::State& state) {
  const Stop stop{.cause = StopCause::kUser, .reason = "by user request"};
  for (auto _ : state) {
    if (registry->CancelMatching({}, &stop).size() != 100'000)
      state.SkipWithError("a task is missing");
  }
}
BENCHMARK_REGISTER_F(HundredThousand, AreCancelled)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace tasks
