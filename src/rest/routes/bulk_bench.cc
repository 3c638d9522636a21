// What a document of a bulk costs in processor time, from the bytes that HTTP hands over to the
// last byte of the answer: with the real store, and with a puppet in its place.

#include <benchmark/benchmark.h>

#include "actions/bulk/bulk.h"
#include "rest/routes/bulk.h"
#include "support/puppet_peer.h"
#include "support/scripted_exchange.h"
#include "support/test_node.h"

namespace rest::routes {
namespace {

// About 260 bytes a document, as a log line has them.
std::string Body(std::int64_t documents, bool with_ids) {
  std::string body;
  for (std::int64_t i = 0; i < documents; ++i) {
    body += with_ids ? "{\"index\":{\"_id\":\"event-" + std::to_string(i) + "\"}}\n"
                     : "{\"index\":{}}\n";
    body +=
        "{\"@timestamp\":\"2026-11-24T00:00:00.000Z\",\"level\":\"info\",\"service\":\"checkout\","
        "\"host\":\"node-17.example\",\"status\":200,\"took\":" +
        std::to_string(i % 1000) +
        ",\"message\":\"the order was taken and will be sent on its way tomorrow morning, unless "
        "somebody cancels it before that\",\"user\":\"u-" +
        std::to_string(i) + "\"}\n";
  }
  return body;
}

void Run(benchmark::State& state, bool with_ids, bool store) {
  test::TestNode node;
  actions::bulk::Register(node.node);
  node.Start();
  Router router;
  AddBulkRoutes(router, node.node);
  node.CreateIndex("src", 1, {{"index.number_of_replicas", "0"}});
  test::PuppetPeer puppet;
  if (!store) node.peer_instead = &puppet;
  const std::string body = Body(state.range(0), with_ids);
  for (auto _ : state) {
    auto exchange = std::make_shared<test::ScriptedExchange>("POST", "/src/_bulk", body.size());
    exchange->DropAnswer();
    router.Handle(exchange);
    exchange->Send(body);
    exchange->EndBody();
    if (exchange->Answer().status != 200) state.SkipWithError("failed");
  }
  const auto documents = static_cast<double>(state.iterations() * state.range(0));
  state.counters["us/doc"] = benchmark::Counter(
      documents * 1e-6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes/doc"] =
      static_cast<double>(body.size()) / static_cast<double>(state.range(0));
}

void BM_BulkStored(benchmark::State& state) { Run(state, false, true); }
void BM_BulkStoredWithIds(benchmark::State& state) { Run(state, true, true); }
void BM_BulkPuppet(benchmark::State& state) { Run(state, false, false); }
void BM_BulkPuppetWithIds(benchmark::State& state) { Run(state, true, false); }

BENCHMARK(BM_BulkPuppet)->Arg(1'000)->Arg(100'000)->MeasureProcessCPUTime();
BENCHMARK(BM_BulkPuppetWithIds)->Arg(1'000)->Arg(100'000)->MeasureProcessCPUTime();
BENCHMARK(BM_BulkStored)->Arg(1'000)->Arg(20'000)->MeasureProcessCPUTime();
BENCHMARK(BM_BulkStoredWithIds)->Arg(1'000)->Arg(20'000)->MeasureProcessCPUTime();

}  // namespace
}  // namespace rest::routes
