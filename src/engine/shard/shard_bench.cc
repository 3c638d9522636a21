// Documents a second and CPU a document with some writers on one shard, reads, and opening.

#include <benchmark/benchmark.h>

#include <ctime>
#include <thread>

#include "support/open_shard.h"

namespace engine {
namespace {

double ProcessCpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::string Document(int i) {
  std::string text = R"({"@timestamp":"2026-11-24T01:02:03.004Z","level":"info","host":"web-)" +
                     std::to_string(i % 50) + R"(","status":200,"took":)" + std::to_string(i) +
                     R"(,"message":"GET /api/v1/items/)" + base::RandomId() +
                     R"( took long","user":")" + std::to_string(i * 7919 % 10'000);
  text.resize(260 - 2, '.');
  return text += R"("})";
}

enum class Ids : bool { kGiven, kGenerated };

void Write(Shard& shard, std::span<const Operation> operations) {
  LoneTask task;
  std::vector<OperationResult> results(operations.size());
  const base::Status status = shard.Write(task, operations, results, nullptr);
  if (!status.ok() || !results.back().error.ok()) std::abort();
}

// One request of a thousand documents with ids of its own.
class Request {
 public:
  Request(int writer, Ids ids) : ids_(ids), name_("w" + std::to_string(writer) + "-") {
    for (int i = 0; i < kDocuments; ++i) documents_.push_back(Document(i));
  }
  std::span<const Operation> Next() {
    operations_.clear();
    id_texts_.clear();
    for (int i = 0; i < kDocuments; ++i) id_texts_.push_back(name_ + std::to_string(next_++));
    for (std::size_t i = 0; i < kDocuments; ++i) {
      operations_.push_back({.type = OpType::kIndex,
                             .generated_id = ids_ == Ids::kGenerated,
                             .id = id_texts_[i],
                             .source = documents_[i]});
    }
    return operations_;
  }
  static constexpr int kDocuments = 1000;

 private:
  const Ids ids_;
  const std::string name_;
  std::int64_t next_ = 0;
  std::vector<std::string> documents_, id_texts_;
  std::vector<Operation> operations_;
};

void WriteDocuments(benchmark::State& state, Ids ids, journal::Durability durability) {
  const int writers = static_cast<int>(state.range(0));
  OpenShard shard(durability);
  std::vector<std::unique_ptr<Request>> requests;
  for (int w = 0; w < writers; ++w) requests.push_back(std::make_unique<Request>(w, ids));
  std::int64_t documents = 0;
  const double cpu = ProcessCpuSeconds();
  for (auto _ : state) {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w) {
      threads.emplace_back([&, w] {
        for (int r = 0; r < 20; ++r) Write(*shard, requests[static_cast<std::size_t>(w)]->Next());
      });
    }
    threads.clear();
    documents += writers * 20 * Request::kDocuments;
  }
  state.SetItemsProcessed(documents);
  state.counters["cpu_us_per_doc"] =
      (ProcessCpuSeconds() - cpu) * 1e6 / static_cast<double>(documents);
  state.counters["max_commit_ms"] =
      static_cast<double>(shard->write_stats().commits.max_nanos()) / 1e6;
}

BENCHMARK_CAPTURE(WriteDocuments, generated, Ids::kGenerated, journal::Durability::kSynced)
    ->Arg(1)
    ->Arg(2)
    ->Arg(4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(WriteDocuments, generated_async, Ids::kGenerated, journal::Durability::kAsync)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(WriteDocuments, given, Ids::kGiven, journal::Durability::kSynced)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// A document a request: what a synced write costs.
void SingleWrites(benchmark::State& state) {
  static std::unique_ptr<OpenShard> shard;
  if (state.thread_index() == 0) shard = std::make_unique<OpenShard>(journal::Durability::kSynced);
  const std::string document = Document(1);
  std::int64_t i = 0;
  for (auto _ : state) {
    const std::string id = std::to_string(state.thread_index()) + "-" + std::to_string(i++);
    const Operation operation{.id = id, .source = document};
    Write(**shard, {&operation, 1});
  }
  state.SetItemsProcessed(i);
  if (state.thread_index() == 0) shard.reset();
}
BENCHMARK(SingleWrites)->ThreadRange(1, 4)->UseRealTime()->Unit(benchmark::kMicrosecond);

void RealtimeGets(benchmark::State& state) {
  OpenShard shard;
  LoneTask task;
  Request request(0, Ids::kGiven);
  for (int r = 0; r < 100; ++r) {
    Write(*shard, request.Next());
  }
  std::uint64_t i = 0;
  for (auto _ : state) {
    const std::string id = "w0-" + std::to_string(i++ * 7919 % 100'000);
    if (!shard->Get(task, id, true)->found) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RealtimeGets)->Unit(benchmark::kMicrosecond);

// A start of the node behind a kill: the write-ahead log is full.
void OpenBehindAFullLog(benchmark::State& state) {
  OpenShard shard(journal::Durability::kAsync);
  Request request(0, Ids::kGenerated);
  for (int r = 0; r < static_cast<int>(state.range(0)); ++r) {
    Write(*shard, request.Next());
  }
  state.counters["memtable_mb"] = static_cast<double>(shard.store().stats().memtable_bytes >> 20);
  for (auto _ : state) {
    if (!shard.OpenAgain().ok()) std::abort();
  }
}
BENCHMARK(OpenBehindAFullLog)
    ->Arg(0)
    ->Arg(60)
    ->Arg(130)
    ->Arg(250)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace engine
