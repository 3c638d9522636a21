// How fast a document is read, merged and compared.

#include <benchmark/benchmark.h>

#include <string>

#include "base/json/tree.h"

namespace {

using base::json::Document;

std::string MakeDocument(int fields) {
  std::string text =
      R"({"@timestamp":"2026-11-23T22:35:57.695Z","nested":{"a":[1,2,3.5],"b":null})";
  for (int i = 0; i < fields; ++i) {
    text += ",\"field_" + std::to_string(i) + "\":\"some value of a log line " + std::to_string(i) +
            "\",\"n" + std::to_string(i) + "\":" + std::to_string(i * 37);
  }
  return text + "}";
}

void Parse(benchmark::State& state) {
  const std::string text = MakeDocument(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto document = Document::Parse(text);
    benchmark::DoNotOptimize(document.ok());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(Parse)->Arg(3)->Arg(30)->Arg(10'000);

// The worst there is: a document of 10 MB that is all small numbers.
void ParseNumbers(benchmark::State& state) {
  std::string text = "{\"n\":[0";
  while (text.size() < 10 << 20) text += ",1234567";
  text += "]}";
  for (auto _ : state) {
    auto document = Document::Parse(text);
    benchmark::DoNotOptimize(document.ok());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(ParseNumbers)->Unit(benchmark::kMillisecond);

void ParseMergeWrite(benchmark::State& state) {
  const std::string text = MakeDocument(30);
  const std::string changes = R"({"field_3":"new","nested":{"b":1},"added":true})";
  for (auto _ : state) {
    auto document = Document::Parse(text);
    const auto partial = Document::Parse(changes);
    document->Merge(document->root(), partial->root());
    benchmark::DoNotOptimize(document->root().ToString());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(ParseMergeWrite);

}  // namespace
