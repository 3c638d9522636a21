// What a check costs: a flat log line of 260 bytes with 8 fields, one with objects, one that adds a
// field.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "engine/mapping/mapping.h"
#include "support/lone_task.h"

namespace engine {
namespace {

constexpr std::string_view kMapping = R"({"properties":{
  "@timestamp":{"type":"date"},
  "message":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}},
  "level":{"type":"keyword"},"host":{"type":"keyword"},"status":{"type":"integer"},
  "bytes":{"type":"long"},"took":{"type":"float"},"client":{"type":"ip"},
  "http":{"properties":{"method":{"type":"keyword"},"url":{"properties":{
    "path":{"type":"keyword"},"query":{"type":"text"}}}}}}})";

constexpr std::string_view kFlat =
    R"({"@timestamp":"2026-11-24T01:02:03.456Z","message":"GET /images/hlogo.gif HTTP/1.1 was )"
    R"(answered from the cache of the second tier, as it should be","level":"info",)"
    R"("host":"web-0042.example.com","status":200,"bytes":1839261,"took":0.0427,)"
    R"("client":"192.168.17.204"})";
constexpr std::string_view kDeep =
    R"({"@timestamp":"2026-11-24T01:02:03.456Z","level":"info","http":{"method":"GET",)"
    R"("url":{"path":"/images/hlogo.gif","query":"a=1&b=2"}},"status":[200,304,200]})";
constexpr std::string_view kNew = R"({"level":"info","status":200,"fresh":"what is this"})";

void Check(benchmark::State& state, std::string_view source, bool padded) {
  const auto mapping = *Mapping::Parse(LoneTask(), kMapping);
  const std::string buffer = std::string(source) + std::string(64, '\n');
  const std::string_view document = std::string_view(buffer).substr(0, source.size());
  LoneTask task;
  for (auto _ : state) {
    auto result = padded ? mapping->CheckPadded(task, "1", "", document)
                         : mapping->Check(task, "1", "", document);
    benchmark::DoNotOptimize(result);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(source.size()));
}

BENCHMARK_CAPTURE(Check, flat, kFlat, true);
BENCHMARK_CAPTURE(Check, flat_copied, kFlat, false);
BENCHMARK_CAPTURE(Check, deep, kDeep, true);
BENCHMARK_CAPTURE(Check, with_a_new_field, kNew, true);

// A megabyte in one field that the mapping has not or has.
void CheckArray(benchmark::State& state, std::string_view mapping_json) {
  std::string document = "{\"n\":[0";
  while (document.size() < 1 << 20) document += ",1234567";
  document += "]}";
  const auto mapping = *Mapping::Parse(LoneTask(), mapping_json);
  LoneTask task;
  for (auto _ : state) {
    auto result = mapping->Check(task, "1", "", document);
    benchmark::DoNotOptimize(result);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document.size()));
}
BENCHMARK_CAPTURE(CheckArray, of_a_new_field, "{}")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(CheckArray, of_a_known_field, R"({"properties":{"n":{"type":"long"}}})")
    ->Unit(benchmark::kMillisecond);

// Texts with a keyword each.
std::shared_ptr<const Mapping> Texts(std::int64_t count) {
  std::string fields;
  for (std::int64_t i = 0; i < count; ++i) {
    fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) +
              R"(":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}})";
  }
  const MappingLimits limits = {.total_fields = 1'000'000};
  return *Mapping::Parse(LoneTask(), "{\"properties\":{" + fields + "}}", limits);
}

void Merge(benchmark::State& state) {
  const auto mapping = Texts(state.range(0));
  for (auto _ : state) {
    auto merged = mapping->Merge(LoneTask(), R"({"properties":{"one":{"type":"keyword"}}})");
    benchmark::DoNotOptimize(merged);
  }
}
BENCHMARK(Merge)->Arg(10)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A node gets the text of a mapping that another node has grown.
void Follow(benchmark::State& state) {
  const auto mapping = Texts(state.range(0));
  const auto merged = *mapping->Merge(LoneTask(), R"({"properties":{"f5k":{"type":"keyword"}}})");
  for (auto _ : state) {
    auto followed = state.range(1) == 1 ? mapping->Follow(merged->json())
                                        : Mapping::Restore(merged->json(), mapping->limits());
    benchmark::DoNotOptimize(followed);
  }
}
BENCHMARK(Follow)->Args({100'000, 0})->Args({100'000, 1})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace engine
