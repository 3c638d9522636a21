// What a child on another node costs, in one process over loopback: a call with its End, 8 MB of
// payload, and 1,000 children that are cancelled together.

#include <benchmark/benchmark.h>

#include "transport/transport_fixture.h"

namespace transport {
namespace {

struct Pair {
  Pair() {
    b.HandleInline("bench:wait");
    b.Handle("bench:take", [](tasks::TaskContext& task, tasks::Inbound& inbound) {
      for (;;) {
        auto chunk = inbound.Next(task);
        if (!chunk.ok()) return tasks::End(chunk.status());
        if (!*chunk) return tasks::End();
      }
    });
  }
  RemotePeer& Peer() { return a.PeerAt("node-b", b.address()); }

  LiveNode a{"node-a"}, b{"node-b"};
};

void BM_CallAndEnd(benchmark::State& state) {
  Pair pair;
  for (auto _ : state) {
    Heard heard;
    const auto call = pair.Peer().Start(RequestFor("bench:none"), heard.Events());
    heard.End();
  }
}
BENCHMARK(BM_CallAndEnd)->UseRealTime()->Unit(benchmark::kMicrosecond);

void BM_EightMegabytes(benchmark::State& state) {
  Pair pair;
  for (auto _ : state) {
    Heard heard;
    tasks::StartRequest request = RequestFor("bench:take");
    request.stream = std::make_shared<Chunks>(32, 256 << 10);
    const auto call = pair.Peer().Start(std::move(request), heard.Events());
    heard.End();
  }
  state.SetBytesProcessed(state.iterations() * (8 << 20));
}
BENCHMARK(BM_EightMegabytes)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_CancelChildren(benchmark::State& state) {
  Pair pair;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::unique_ptr<Heard>> heard;
    std::vector<std::shared_ptr<tasks::Call>> calls;
    for (int i = 0; i < state.range(0); ++i) {
      heard.push_back(std::make_unique<Heard>());
      calls.push_back(pair.Peer().Start(RequestFor("bench:wait"), heard.back()->Events()));
    }
    for (const auto& one : heard) one->Started();
    state.ResumeTiming();
    for (const auto& call : calls) call->Cancel({.reason = "enough"});
    for (const auto& one : heard) one->End();
  }
}
BENCHMARK(BM_CancelChildren)->Arg(1)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace transport
