// Sends bulk requests as fast as a node takes them and tells documents a second and what each cost
// the node: bulk_load --port 9200 --pid PID --clients 2 --seconds 10

#include <CLI/CLI.hpp>
#include <atomic>
#include <iostream>
#include <thread>

#include "measure.h"
#include "support/http_client.h"

namespace {

struct Options {
  std::uint16_t port = 9200;
  int pid = 0, clients = 1, batch = 5000, seconds = 10;
  std::string index = "bench";
};

// Without ids, as log shippers send them; built once, so that the client costs little.
std::string Request(const Options& options) {
  std::string body;
  for (int i = 0; i < options.batch; ++i) {
    body += "{\"index\":{}}\n";
    bench::AppendDocument(body, static_cast<std::uint64_t>(i));
    body += '\n';
  }
  return test::RequestText("POST", "/" + options.index + "/_bulk", body,
                           {{"Content-Type", "application/x-ndjson"}});
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Bulk throughput of a node, and its cost."};
  app.add_option("--port", options.port);
  app.add_option("--pid", options.pid, "The node's process, for CPU and memory");
  app.add_option("--clients", options.clients);
  app.add_option("--batch", options.batch, "Documents a request");
  app.add_option("--seconds", options.seconds);
  app.add_option("--index", options.index);
  CLI11_PARSE(app, argc, argv);

  const std::string request = Request(options);
  std::atomic<std::int64_t> documents = 0, failed = 0;
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(options.clients));
  const double cpu_before = bench::CpuSeconds(options.pid);
  const double begin = bench::NowMillis(), end = begin + options.seconds * 1000.0;
  {
    std::vector<std::jthread> clients;
    for (auto& mine : latencies) {
      clients.emplace_back([&] {
        test::HttpClient client(options.port);
        while (bench::NowMillis() < end) {
          const double sent = bench::NowMillis();
          client.Send(request);
          const test::HttpAnswer answer = client.ReadAnswer();
          mine.push_back(bench::NowMillis() - sent);
          const bool ok = answer.status == 200 &&
                          answer.body.substr(0, 200).find("\"errors\":false") != std::string::npos;
          (ok ? documents : failed) += options.batch;
          if (answer.status == 0) return;
        }
      });
    }
  }
  const double seconds = (bench::NowMillis() - begin) / 1000;
  const double cpu = bench::CpuSeconds(options.pid) - cpu_before;
  std::vector<double> all;
  for (const auto& mine : latencies) all.insert(all.end(), mine.begin(), mine.end());
  std::printf(
      "{\"clients\":%d,\"docs_per_second\":%.0f,\"cpu_micros_per_doc\":%.2f,\"batch_p50_ms\":%.1f,"
      "\"batch_p99_ms\":%.1f,\"rss_mb\":%.0f,\"failed\":%lld}\n",
      options.clients, static_cast<double>(documents) / seconds,
      cpu * 1e6 / std::max(1.0, static_cast<double>(documents)), bench::Quantile(all, 0.5),
      bench::Quantile(all, 0.99), bench::ResidentMegabytes(options.pid),
      static_cast<long long>(failed));
  return failed == 0 ? 0 : 1;
}
