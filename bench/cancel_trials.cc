// How long a cancel takes until the task has gone from the list and its client has its answer, and
// whether what was answered is what is stored:
//   cancel_trials --port 9200 --kind running|uploading|queued|retrying --trials 200
// With --control-port the cancel goes to another node than the one that runs the request, and the
// task has gone when that one lists none of its descendants on any node.
//
// `queued` and any --load keep that many clients busy with large bulks at the same time. While a
// body is still arriving, its client can be answered only after its last byte: the time then counts
// from the later of cancel and last byte.

#include <CLI/CLI.hpp>
#include <atomic>
#include <iostream>
#include <thread>
#include <unordered_set>

#include "base/json/tree.h"
#include "measure.h"
#include "support/http_client.h"

namespace {

using base::json::Document;
using base::json::Value;
using test::HttpAnswer;
using test::HttpClient;

constexpr char kIndex[] = "trials";
constexpr char kMine[] = "x_opaque_id=victim&group_by=none";
const HttpClient::Headers kVictim = {{"X-Opaque-Id", "victim"},
                                     {"Content-Type", "application/x-ndjson"}};

struct Options {
  std::uint16_t port = 9200;
  std::uint16_t control_port = 0;  // where cancels and lists are sent to; 0: the same
  int shards = 1;
  std::string kind = "running";
  int trials = 200, load = 0, documents = 5000;
};

struct Trial {
  std::string request;           // the victim's, as sent
  std::vector<std::string> ids;  // of its documents, in order
};

Trial MakeBulk(const std::string& kind, int number, int documents) {
  std::string body;
  Trial trial;
  for (int i = 0; i < documents; ++i) {
    trial.ids.push_back(kind + std::to_string(number) + "-" + std::to_string(i));
    body += "{\"index\":{\"_id\":\"" + trial.ids.back() + "\"}}\n";
    bench::AppendDocument(body, static_cast<std::uint64_t>(i));
    body += '\n';
  }
  trial.request = test::RequestText("POST", std::string("/") + kIndex + "/_bulk", body, kVictim);
  return trial;
}

std::size_t TasksIn(const HttpAnswer& answer) {
  const auto document = Document::Parse(answer.body);
  const Value* tasks = document.ok() ? document->root().Find("tasks") : nullptr;
  return tasks == nullptr ? 0 : tasks->items().size();
}

// Keeps cores busy with bulks until it is destroyed.
class Load {
 public:
  Load(std::uint16_t port, int clients) {
    for (int i = 0; i < clients; ++i) {
      threads_.emplace_back([port](const std::stop_token& stop) {
        std::string body;
        for (int d = 0; d < 20'000; ++d) {
          body += "{\"index\":{}}\n";
          bench::AppendDocument(body, static_cast<std::uint64_t>(d));
          body += '\n';
        }
        HttpClient client(port);
        while (!stop.stop_requested())
          client.Call("POST", "/load/_bulk", body, {{"Content-Type", "application/x-ndjson"}});
      });
    }
  }

 private:
  std::vector<std::jthread> threads_;
};

struct Times {
  double gone = 0, answered = 0;  // milliseconds
  bool hit = false;               // the cancel found the task
  HttpAnswer answer;              // the victim's
};

// Cancels the victim, whose client is `victim`, and waits for both ends. `rest`: what is left of
// its body to be sent then.
Times Cancel(HttpClient& control, HttpClient& victim, std::string_view rest) {
  Times times;
  double answered_at = 0;
  std::atomic<bool> rest_may_go = rest.empty();
  std::atomic<double> last_byte = 0;
  std::jthread reader([&] {
    rest_may_go.wait(false);
    if (!rest.empty()) victim.Send(rest);
    last_byte = bench::NowMillis();
    times.answer = victim.ReadAnswer();
    answered_at = bench::NowMillis();
  });
  const double begin = bench::NowMillis();
  const HttpAnswer cancelled =
      control.Call("POST", std::string("/_tasks/_cancel?") + kMine + "&reason=trial");
  times.hit = TasksIn(cancelled) > 0;
  while (TasksIn(control.Call("GET", std::string("/_tasks?") + kMine)) > 0) {
  }
  times.gone = bench::NowMillis() - begin;
  rest_may_go = true;
  rest_may_go.notify_one();
  reader.join();
  times.answered = answered_at - (rest.empty() ? begin : std::max(begin, last_byte.load()));
  return times;
}

// Until a task of the victim's shows `text`; of those that are short only for a moment.
void AwaitListed(HttpClient& control, const std::string& actions, const std::string& text) {
  const std::string target = "/_tasks?extended=true&" + std::string(kMine) + "&actions=" + actions;
  const double deadline = bench::NowMillis() + 5000;
  while (bench::NowMillis() < deadline) {
    if (control.Call("GET", target).body.find(text) != std::string::npos) return;
  }
}

// So that cancels hit all moments of a bulk's work, and not the one in which it is first listed.
void Linger(int trial) {
  constexpr double kMost = 8;  // milliseconds; less than the bulk takes
  const double until = bench::NowMillis() + kMost * (trial % 97) / 97;
  while (bench::NowMillis() < until) std::this_thread::yield();
}

// Compares the items answered with the documents stored: 0 if they are the same.
int Differences(HttpClient& control, const Trial& trial, const HttpAnswer& answer) {
  const auto document = Document::Parse(answer.body);
  const Value* items = document.ok() ? document->root().Find("items") : nullptr;
  if (items == nullptr || items->items().size() != trial.ids.size()) return -1;
  std::unordered_set<std::string> done;
  for (const Value* item : items->items()) {
    const Value* result = item->Find("index");
    const auto status = result->Find("status")->AsInt64();
    if (status.ok() && *status < 300) done.emplace(result->Find("_id")->text());
  }
  std::string ids;
  for (const std::string& id : trial.ids) ids += (ids.empty() ? "\"" : ",\"") + id + "\"";
  const HttpAnswer stored =
      control.Call("POST", std::string("/") + kIndex + "/_mget?_source=false",
                   "{\"ids\":[" + ids + "]}", {{"Content-Type", "application/json"}});
  const auto found = Document::Parse(stored.body);
  const Value* docs = found.ok() ? found->root().Find("docs") : nullptr;
  if (docs == nullptr) return -1;
  int differences = 0;
  for (const Value* doc : docs->items()) {
    const bool there = doc->Find("found") != nullptr && doc->Find("found")->text() == "true";
    if (there != done.contains(std::string(doc->Find("_id")->text()))) ++differences;
  }
  return differences;
}

struct Tally {
  std::vector<double> gone, answered, both;
  int misses = 0, differences = 0;

  void Add(const Times& times) {
    gone.push_back(times.gone);
    answered.push_back(times.answered);
    both.push_back(std::max(times.gone, times.answered));
  }
};

void BulkTrial(const Options& options, int number, Tally& tally) {
  HttpClient control(options.control_port), victim(options.port);
  const Trial trial = MakeBulk(options.kind, number, options.documents);
  const bool uploading = options.kind == "uploading";
  const std::size_t now = uploading ? trial.request.size() / 2 : trial.request.size();
  victim.Send(std::string_view(trial.request).substr(0, now));
  const std::string leaf = "*bulk%5Bs%5D%5Bp%5D";
  if (uploading) {
    AwaitListed(control, "*bulk", "\"action\"");
    Linger(number);
  }
  if (options.kind == "running") {
    AwaitListed(control, leaf, "\"action\"");
    Linger(number);
  }
  if (options.kind == "queued") AwaitListed(control, leaf, "\"write queue\"");
  const Times times = Cancel(control, victim, std::string_view(trial.request).substr(now));
  if (!times.hit) return void(++tally.misses);
  tally.Add(times);
  if (Differences(control, trial, times.answer) != 0) ++tally.differences;
}

// Updates of one document by several clients; the victim's is cancelled while it is under way.
class HotDocument {
 public:
  explicit HotDocument(std::uint16_t port) {
    for (int i = 0; i < 6; ++i) {
      threads_.emplace_back([port, i](const std::stop_token& stop) {
        HttpClient client(port);
        for (int n = 0; !stop.stop_requested(); ++n)
          client.Call("POST", std::string("/") + kIndex + "/_update/hot?retry_on_conflict=100000",
                      "{\"doc\":{\"by\":" + std::to_string(i) + ",\"n\":" + std::to_string(n) +
                          "},\"doc_as_upsert\":true}",
                      {{"Content-Type", "application/json"}});
      });
    }
  }

 private:
  std::vector<std::jthread> threads_;
};

void UpdateTrial(const Options& options, int number, Tally& tally) {
  HttpClient control(options.control_port), victim(options.port);
  const std::string field = "trial" + std::to_string(number % 500);
  victim.Send(test::RequestText(
      "POST", std::string("/") + kIndex + "/_update/hot?retry_on_conflict=1000000",
      "{\"doc\":{\"" + field + "\":" + std::to_string(number) + "},\"doc_as_upsert\":true}",
      kVictim));
  const Times times = Cancel(control, victim, {});
  if (!times.hit || times.answer.status == 200) return void(++tally.misses);
  tally.Add(times);
  const HttpAnswer stored = control.Call("GET", std::string("/") + kIndex + "/_doc/hot");
  if (stored.body.find("\"" + field + "\":" + std::to_string(number)) != std::string::npos)
    ++tally.differences;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Cancel latency, and whether what was answered is what is stored."};
  app.add_option("--port", options.port);
  app.add_option("--control-port", options.control_port,
                 "Another node of the cluster, which is told to cancel");
  app.add_option("--shards", options.shards, "Of the index, over all nodes");
  app.add_option("--kind", options.kind);
  app.add_option("--trials", options.trials);
  app.add_option("--load", options.load, "Clients that keep the node busy with bulks");
  app.add_option("--documents", options.documents, "Of the bulk that is cancelled");
  CLI11_PARSE(app, argc, argv);

  if (options.control_port == 0) options.control_port = options.port;
  for (const std::string index : {kIndex, "load"}) {
    HttpClient(options.port)
        .Call("PUT", "/" + index,
              R"({"settings":{"number_of_replicas":0,"number_of_shards":)" +
                  std::to_string(options.shards) + "}}",
              {{"Content-Type", "application/json"}});
  }
  const Load load(options.port, options.load);
  std::optional<HotDocument> hot;
  if (options.kind == "retrying") hot.emplace(options.port);

  Tally tally;
  for (int number = 0; static_cast<int>(tally.gone.size()) < options.trials; ++number) {
    if (number > options.trials * 50) return std::cerr << "too few cancels hit their task\n", 1;
    options.kind == "retrying" ? UpdateTrial(options, number, tally)
                               : BulkTrial(options, number, tally);
  }
  std::printf(
      "{\"kind\":\"%s\",\"load\":%d,\"trials\":%zu,\"gone_p50_ms\":%.2f,\"gone_p99_ms\":%.2f,"
      "\"answered_p50_ms\":%.2f,\"answered_p99_ms\":%.2f,\"both_p99_ms\":%.2f,\"misses\":%d,"
      "\"trials_with_differences\":%d}\n",
      options.kind.c_str(), options.load, tally.gone.size(), bench::Quantile(tally.gone, 0.5),
      bench::Quantile(tally.gone, 0.99), bench::Quantile(tally.answered, 0.5),
      bench::Quantile(tally.answered, 0.99), bench::Quantile(tally.both, 0.99), tally.misses,
      tally.differences);
  return tally.differences == 0 ? 0 : 1;
}
