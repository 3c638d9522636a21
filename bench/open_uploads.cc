// Opens many bulk requests whose bodies stay incomplete, lists them, and cancels all at once:
// open_uploads --port 9200 --pid PID --count 10000

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/json/tree.h"
#include "measure.h"
#include "support/http_client.h"

namespace {

// Tasks of a list or cancel answer; -1 if it is none.
std::int64_t CountTasks(const test::HttpAnswer& answer) {
  const auto document = base::json::Document::Parse(answer.body);
  if (answer.status != 200 || !document.ok()) return -1;
  const auto* tasks = document->root().Find("tasks");
  return tasks == nullptr ? -1 : static_cast<std::int64_t>(tasks->items().size());
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 9200;
  int pid = 0, count = 10'000, lists = 100;
  CLI::App app{"Many open uploads: what a list costs, and one cancel of all."};
  app.add_option("--port", port);
  app.add_option("--pid", pid);
  app.add_option("--count", count);
  app.add_option("--lists", lists);
  CLI11_PARSE(app, argc, argv);

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const double rss_before = bench::ResidentMegabytes(pid);
  std::vector<test::HttpClient> uploads;
  for (int i = 0; i < count; ++i) {
    uploads.emplace_back(port);
    uploads.back().Send(
        "POST /open/_bulk HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        "Content-Length: 100000\r\n\r\n{\"index\":{}}\n{\"a\":");
  }
  test::HttpClient client(port);
  const std::string filter = "actions=indices:data/write/bulk&group_by=none";
  const double deadline = bench::NowMillis() + 30'000;
  while (CountTasks(client.Call("GET", "/_tasks?" + filter)) < count) {
    if (bench::NowMillis() > deadline) return std::cerr << "not all uploads were listed\n", 1;
  }
  const double rss_open = bench::ResidentMegabytes(pid);

  std::vector<double> millis;
  double rss_most = 0;
  for (int i = 0; i < lists; ++i) {
    const double begin = bench::NowMillis();
    const test::HttpAnswer answer = client.Call("GET", "/_tasks");
    millis.push_back(bench::NowMillis() - begin);
    if (answer.status != 200) return std::cerr << "list failed\n", 1;
    rss_most = std::max(rss_most, bench::ResidentMegabytes(pid));
  }

  const double begin = bench::NowMillis();
  const std::int64_t cancelled = CountTasks(client.Call("POST", "/_tasks/_cancel?" + filter));
  const double answered = bench::NowMillis() - begin;
  while (CountTasks(client.Call("GET", "/_tasks?" + filter)) != 0) {
    if (bench::NowMillis() > begin + 30'000) return std::cerr << "uploads did not end\n", 1;
  }
  std::printf(
      "{\"open\":%d,\"list_p50_ms\":%.1f,\"list_p99_ms\":%.1f,\"rss_before_mb\":%.0f,"
      "\"rss_open_mb\":%.0f,\"rss_while_listing_mb\":%.0f,\"cancelled\":%lld,"
      "\"cancel_answered_ms\":%.1f,\"all_gone_ms\":%.1f}\n",
      count, bench::Quantile(millis, 0.5), bench::Quantile(millis, 0.99), rss_before, rss_open,
      rss_most, static_cast<long long>(cancelled), answered, bench::NowMillis() - begin);
  return cancelled == count ? 0 : 1;
}
