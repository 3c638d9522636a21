// What the server itself costs: short requests, long uploads, long answers, over loopback and with
// the client's share included.

#include <benchmark/benchmark.h>

#include <atomic>
#include <string>

#include "rest/http/server.h"
#include "support/http_client.h"

namespace rest::http {
namespace {

constexpr std::string_view kUpload = "/upload";
constexpr std::string_view kDownload = "/download";
constexpr int kPipelined = 64;

struct Swallow final : BodySink {
  explicit Swallow(ExchangePtr e) : exchange(std::move(e)) {}
  Flow OnBody(std::string_view) override { return Flow::kGoOn; }
  void OnBodyEnd(base::Status) override { exchange->Respond({}); }
  const ExchangePtr exchange;
};

class Bench final : public Handler {
 public:
  Bench() { port_ = server_.Start("127.0.0.1", 0).value(); }
  ~Bench() override { server_.Stop(); }

  void Handle(ExchangePtr exchange) override {
    const std::string& target = exchange->head().target.raw;
    if (target == kUpload) return exchange->StreamBody(std::make_shared<Swallow>(exchange));
    if (target != kDownload) return exchange->Respond({.body = "{\"hello\":\"world\"}"});
    exchange->RespondStream({}, [left = 1024]() mutable {
      return Piece{std::string(64 << 10, 'x'), --left > 0 ? Piece::Then::kMore : Piece::Then::kEnd};
    });
  }
  Response OnBadRequest(const base::Status& why) override { return {.status = why.http_status()}; }

  test::HttpClient Connect() const { return test::HttpClient(port_); }

 private:
  Server server_{*this, {.max_content_length = 1ull << 40}};
  std::uint16_t port_ = 0;
};

void ShortRequests(benchmark::State& state) {
  Bench bench;
  test::HttpClient client = bench.Connect();
  for (auto _ : state) benchmark::DoNotOptimize(client.Call("GET", "/"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ShortRequests);

void PipelinedRequests(benchmark::State& state) {
  Bench bench;
  test::HttpClient client = bench.Connect();
  std::string requests;
  for (int i = 0; i < kPipelined; ++i) requests += test::RequestText("GET", "/");
  for (auto _ : state) {
    client.Send(requests);
    for (int i = 0; i < kPipelined; ++i) benchmark::DoNotOptimize(client.ReadAnswer());
  }
  state.SetItemsProcessed(state.iterations() * kPipelined);
}
BENCHMARK(PipelinedRequests);

void Upload(benchmark::State& state) {
  Bench bench;
  test::HttpClient client = bench.Connect();
  const std::string request = test::RequestText("POST", kUpload, std::string(64 << 20, 'x'));
  for (auto _ : state) {
    client.Send(request);
    benchmark::DoNotOptimize(client.ReadAnswer());
  }
  state.SetBytesProcessed(state.iterations() * (64 << 20));
}
BENCHMARK(Upload)->UseRealTime();

void Download(benchmark::State& state) {
  Bench bench;
  test::HttpClient client = bench.Connect();
  for (auto _ : state) benchmark::DoNotOptimize(client.Call("GET", kDownload));
  state.SetBytesProcessed(state.iterations() * (64 << 20));
}
BENCHMARK(Download)->UseRealTime();

}  // namespace
}  // namespace rest::http
