// What a child on another node costs, in one process over loopback: a call with its End, 8 MB of
// payload, 1,000 children that are cancelled together, and a cancel behind 8 MB that are not taken,
// because the work does not read or because the connection is stuck.

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

// The same by way of a proxy, and work that takes one chunk and no more.
struct StuckPair {
  StuckPair() {
    b.Handle("bench:slow", [this](tasks::TaskContext& task, tasks::Inbound& inbound) {
      base::Status status = inbound.Next(task).status();
      std::unique_lock lock(mutex);
      taken = true;
      changed.notify_all();
      if (status.ok()) status = tasks::WaitFor(task, lock, changed, "ever", [] { return false; });
      return tasks::End(status);
    });
  }
  void Begin(Heard& heard) {
    tasks::StartRequest request = RequestFor("bench:slow");
    request.stream = std::make_shared<Chunks>(32, 256 << 10);
    call = a.PeerAt("node-b", proxy.address()).Start(std::move(request), heard.Events());
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return taken; });
    taken = false;
  }

  LiveNode a{"node-a"}, b{"node-b"};
  test::TcpProxy proxy{b.transport().port()};
  std::shared_ptr<tasks::Call> call;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool taken = false;  // guarded by mutex
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

// Until the child has gone over there.
void BM_CancelBehindPayload(benchmark::State& state) {
  constexpr int kWork = 1;  // the proxy's second connection
  using Way = test::TcpProxy::Way;
  StuckPair pair;
  const bool stuck = state.range(0) != 0;
  for (auto _ : state) {
    state.PauseTiming();
    Heard heard;
    pair.Begin(heard);
    if (stuck) pair.proxy.Hold(Way::kThere, kWork);
    if (stuck) pair.proxy.Hold(Way::kBack, kWork);
    state.ResumeTiming();
    pair.call->Cancel({.reason = "enough"});
    Await([&] { return pair.b.Alive().empty(); });
    state.PauseTiming();
    if (stuck) pair.proxy.Release(Way::kThere, kWork);
    if (stuck) pair.proxy.Release(Way::kBack, kWork);
    heard.End();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_CancelBehindPayload)
    ->ArgName("connection_stuck")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace transport
