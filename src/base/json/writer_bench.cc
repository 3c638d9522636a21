// How fast an answer is written: strings, whole documents, and hits with a raw `_source`.

#include <benchmark/benchmark.h>

#include <string>

#include "base/json/cbor_writer.h"
#include "base/json/compact_writer.h"
#include "base/json/filter_writer.h"
#include "base/json/pretty_writer.h"

namespace {

using base::json::CompactWriter;
using base::json::Writer;

constexpr int kHits = 1000;
const std::string kSource = R"({"user":"kimchy","message":"trying out a document store","age":42})";

void WriteHits(Writer& writer) {
  writer.BeginObject();
  writer.Field("took", 3);
  writer.ArrayField("hits");
  for (int i = 0; i < kHits; ++i) {
    writer.BeginObject();
    writer.Field("_index", "logs-2026");
    writer.Field("_id", "AAECAwQFBgcICQoLDA0O");
    writer.Field("_score", 1.0F);
    writer.RawField("_source", kSource);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
}

template <typename W>
void Hits(benchmark::State& state) {
  std::string text;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    text.clear();
    W writer(text);
    WriteHits(writer);
    bytes += static_cast<std::int64_t>(text.size());
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(Hits<CompactWriter>);
BENCHMARK(Hits<base::json::PrettyWriter>);
BENCHMARK(Hits<base::json::CborWriter>);

void FilteredHits(benchmark::State& state) {
  std::string text;
  std::int64_t hits = 0;
  for (auto _ : state) {
    text.clear();
    CompactWriter compact(text);
    base::json::FilterWriter writer(compact, "took,hits._id,hits._source");
    WriteHits(writer);
    hits += kHits;
  }
  state.SetItemsProcessed(hits);
}
BENCHMARK(FilteredHits);

void Strings(benchmark::State& state, const std::string& value) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    CompactWriter writer(text);
    writer.BeginArray();
    for (int i = 0; i < 100; ++i) writer.String(value);
    writer.EndArray();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(state.iterations() * 100 * static_cast<std::int64_t>(value.size()));
}
BENCHMARK_CAPTURE(Strings, short_ascii, std::string("indices:data/write/bulk"));
BENCHMARK_CAPTURE(Strings, long_ascii, std::string(1000, 'x'));
BENCHMARK_CAPTURE(Strings, with_escapes,
                  std::string("line \"one\"\nline two\tand so on, quite a lot"));
BENCHMARK_CAPTURE(Strings, cyrillic,
                  std::string("Съешь же ещё этих мягких французских булок, да выпей"));

void Numbers(benchmark::State& state) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    CompactWriter writer(text);
    writer.BeginArray();
    for (int i = 0; i < 100; ++i) {
      writer.Int(1'790'000'000'000 + i);
      writer.Double(i * 0.37);
    }
    writer.EndArray();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations() * 200);
}
BENCHMARK(Numbers);

}  // namespace
