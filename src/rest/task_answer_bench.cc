// What a list of many tasks costs over HTTP: 10,000 must be there within 100 ms.

#include <benchmark/benchmark.h>

#include <list>

#include "actions/tasks_list/list.h"
#include "rest/routes/tasks.h"
#include "support/served.h"
#include "support/test_node.h"

namespace rest {
namespace {

void ListOverHttp(benchmark::State& state, const char* target) {
  test::TestNode node;
  actions::tasks_list::Register(node.node);
  node.Start();
  Router router;
  routes::AddTaskRoutes(router, node.node);
  std::list<tasks::RunningTask> held;
  auto origin = std::make_shared<tasks::Origin>();
  origin->headers = {{"X-Opaque-Id", "job-7"}};
  origin->remote_address = "127.0.0.1:51234";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    tasks::TaskSpec spec;
    spec.action = actions::names::kBulk;
    spec.description = "bulk request to [logs-2026.11.24]";
    spec.origin = origin;
    held.push_back(*node.registry.Register(std::move(spec)));
  }
  {
    test::Served served([&](http::ExchangePtr exchange) { router.Handle(std::move(exchange)); });
    test::HttpClient client = served.Connect();
    std::vector<double> millis;
    std::size_t bytes = 0;
    for (auto _ : state) {
      const auto begin = std::chrono::steady_clock::now();
      const test::HttpAnswer answer = client.Call("GET", target);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begin;
      millis.push_back(took.count());
      bytes = answer.body.size();
    }
    std::ranges::sort(millis);
    state.counters["p50_ms"] = millis[millis.size() / 2];
    state.counters["p99_ms"] = millis[millis.size() * 99 / 100];
    state.counters["bytes"] = static_cast<double>(bytes);
  }
  held.clear();
}
BENCHMARK_CAPTURE(ListOverHttp, plain, "/_tasks")->Arg(100)->Arg(1000)->Arg(10'000)->UseRealTime();
BENCHMARK_CAPTURE(ListOverHttp, detailed, "/_tasks?detailed")->Arg(10'000)->UseRealTime();
BENCHMARK_CAPTURE(ListOverHttp, parents, "/_tasks?group_by=parents")->Arg(10'000)->UseRealTime();

}  // namespace
}  // namespace rest
