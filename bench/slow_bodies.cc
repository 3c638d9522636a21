// What a list and a cancel cost while bodies and answers keep the node busy:
// slow_bodies --port 9200 --load gzip --count 30 --seconds 10
//
// Loads: gzip (99 MB of newlines in 100 kB), newlines (50 MB), actions (50 MB of actions that fail
// the validation), answers (100 MB each, read slowly), connections (two thirds idle, one third
// sends a byte a second), none.

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <zlib.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <iostream>
#include <thread>

#include "measure.h"
#include "support/http_client.h"

namespace {

using test::HttpClient;

constexpr std::size_t kMegabyte = 1'000'000;
const HttpClient::Headers kNdjson = {{"content-type", "application/x-ndjson"}};

struct Load {
  std::uint16_t port;
  int count;
  std::atomic<bool> stop = false;
  std::atomic<int> answers = 0;  // read whole
  std::atomic<int> refused = 0;  // with 429
};

std::string Repeated(std::string_view text, std::size_t bytes) {
  std::string all;
  while (all.size() + text.size() <= bytes) all += text;
  return all;
}

std::string Gzip(std::string text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// As patient as it takes, unlike HttpClient.
bool SendAll(HttpClient& client, const Load& load, std::string_view text) {
  while (!text.empty() && !load.stop) {
    pollfd writable{.fd = client.fd(), .events = POLLOUT, .revents = 0};
    if (::poll(&writable, 1, 100) == 0) continue;
    if (writable.revents & (POLLERR | POLLHUP)) return false;
    text.remove_prefix(client.SendSome(text));
  }
  return text.empty();
}

bool AwaitBytes(HttpClient& client, const Load& load) {
  pollfd readable{.fd = client.fd(), .events = POLLIN, .revents = 0};
  while (::poll(&readable, 1, 100) == 0) {
    if (load.stop) return false;
  }
  return true;
}

// Sends `request` on `count` connections, again and again.
void Repeat(Load& load, const std::string& request) {
  std::vector<std::jthread> clients;
  for (int i = 0; i < load.count; ++i) {
    clients.emplace_back([&] {
      while (!load.stop) {
        HttpClient client(load.port);
        SendAll(client, load, request);  // one that was refused early has an answer, too
        if (!AwaitBytes(client, load)) continue;
        const int status = client.ReadAnswer().status;
        ++(status == 429 ? load.refused : load.answers);
      }
    });
  }
}

// 64 KB each 20 ms of an answer of 100 MB.
void ReadSlowly(Load& load) {
  HttpClient maker(load.port);
  const std::string document = "{\"text\":\"" + std::string(kMegabyte, 'x') + "\"}";
  maker.Call("PUT", "/slow-bodies/_doc/1", document, {{"content-type", "application/json"}});
  std::string body = "{\"ids\":[\"1\"";
  for (int i = 1; i < 100; ++i) body += ",\"1\"";
  const std::string request =
      test::RequestText("POST", "/slow-bodies/_mget", body + "]}",
                        {{"content-type", "application/json"}, {"connection", "close"}});
  std::vector<std::jthread> clients;
  for (int i = 0; i < load.count; ++i) {
    clients.emplace_back([&] {
      while (!load.stop) {
        HttpClient client(load.port, 64 << 10);
        client.Send(request);
        std::size_t read = 0;
        while (!load.stop && AwaitBytes(client, load)) {
          std::string piece(64 << 10, '\0');
          const ssize_t size = ::recv(client.fd(), piece.data(), piece.size(), 0);
          if (size <= 0) break;
          read += static_cast<std::size_t>(size);
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        if (read > 100 * kMegabyte) ++load.answers;
        if (read < kMegabyte && !load.stop) ++load.refused;
      }
    });
  }
}

void KeepOpen(Load& load) {
  std::vector<HttpClient> idle, slow;
  for (int i = 0; i < load.count && !load.stop; ++i) {
    (i % 3 == 2 ? slow : idle).emplace_back(load.port);
    if (i % 3 == 2) {
      slow.back().Send(
          "POST /slow-bodies/_bulk HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
          "application/x-ndjson\r\ncontent-length: 100000\r\n\r\n");
    }
  }
  while (!load.stop) {
    for (HttpClient& client : slow) client.SendSome("\n");
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

std::function<void(Load&)> LoadOf(const std::string& name) {
  const auto bulk = [](std::string body, HttpClient::Headers headers) {
    std::string request = test::RequestText("POST", "/_bulk", body, headers);
    return [request = std::move(request)](Load& load) { Repeat(load, request); };
  };
  if (name == "gzip") {
    HttpClient::Headers headers = kNdjson;
    headers.emplace_back("content-encoding", "gzip");
    return bulk(Gzip(std::string(99 * kMegabyte, '\n')), headers);
  }
  if (name == "newlines") return bulk(std::string(50 * kMegabyte, '\n'), kNdjson);
  if (name == "actions") return bulk(Repeated("{\"index\":{}}\n{}\n", 50 * kMegabyte), kNdjson);
  if (name == "answers") return ReadSlowly;
  if (name == "connections") return KeepOpen;
  if (name == "none") return [](Load&) {};
  return {};
}

struct Times {
  std::vector<double> lists, cancels;
  bool failed = false;
};

// Lists all tasks, and now and then cancels an upload that is under way.
Times Measure(std::uint16_t port, double seconds) {
  Times times;
  HttpClient client(port);
  const double end = bench::NowMillis() + seconds * 1000;
  for (int round = 0; bench::NowMillis() < end; ++round) {
    double begin = bench::NowMillis();
    const bool listed = client.Call("GET", "/_tasks").status == 200;
    times.lists.push_back(bench::NowMillis() - begin);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const std::string name = "slow-bodies-" + std::to_string(round);
    HttpClient upload(port);
    upload.Send("POST /_bulk HTTP/1.1\r\nhost: localhost\r\nx-opaque-id: " + name +
                "\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n\n");
    const std::string filter = "x_opaque_id=" + name + "&group_by=none";
    while (client.Call("GET", "/_tasks?" + filter).body.find(name) == std::string::npos &&
           bench::NowMillis() < end + 10'000) {
    }
    begin = bench::NowMillis();
    const auto answer = client.Call("POST", "/_tasks/_cancel?" + filter);
    times.cancels.push_back(bench::NowMillis() - begin);
    times.failed |= !listed || answer.body.find(name) == std::string::npos;
  }
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 9200;
  int count = 4, pid = 0;
  double seconds = 10;
  std::string name = "gzip";
  CLI::App app{"Lists and cancels while bodies and answers keep the node busy."};
  app.add_option("--port", port);
  app.add_option("--pid", pid, "of the node, for its memory");
  app.add_option("--load", name);
  app.add_option("--count", count, "connections of the load");
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  const auto run = LoadOf(name);
  if (!run) return std::cerr << "no such load: " << name << "\n", 1;

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  Load load{.port = port, .count = count};
  std::jthread loading([&] { run(load); });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Times times = Measure(port, seconds);
  const double resident = bench::ResidentMegabytes(pid);
  load.stop = true;
  loading.join();
  using bench::Quantile;
  std::printf(
      "{\"load\":\"%s\",\"count\":%d,\"lists\":%zu,\"list_p50_ms\":%.1f,\"list_p99_ms\":%.1f,"
      "\"list_max_ms\":%.1f,\"cancel_p50_ms\":%.1f,\"cancel_p99_ms\":%.1f,\"cancel_max_ms\":%.1f,"
      "\"answers\":%d,\"refused\":%d,\"rss_mb\":%.0f}\n",
      name.c_str(), count, times.lists.size(), Quantile(times.lists, 0.5),
      Quantile(times.lists, 0.99), Quantile(times.lists, 1), Quantile(times.cancels, 0.5),
      Quantile(times.cancels, 0.99), Quantile(times.cancels, 1), load.answers.load(),
      load.refused.load(), resident);
  return times.failed ? 1 : 0;
}
