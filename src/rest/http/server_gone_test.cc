// Clients that go away, and many that stay.

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "rest/http/server.h"
#include "support/served.h"

namespace rest::http {
namespace {

using test::HttpClient;
using test::Once;
using test::RequestText;
using test::Served;

enum class Leave { kCloses, kHalfCloses, kResets };

class GoneClient : public testing::TestWithParam<Leave> {
 protected:
  static void Go(HttpClient& client) {
    switch (GetParam()) {
      case Leave::kCloses:
        return client.Close();
      case Leave::kHalfCloses:
        return client.HalfClose();
      case Leave::kResets:
        return client.Reset();
    }
  }

  // Holds requests to /held, and says so; answers others.
  void Handle(const ExchangePtr& exchange) {
    if (exchange->head().target.raw != "/held") return exchange->Respond({.body = "here"});
    exchange->OnClientGone([this] { gone_.Set(true); });
    begun_.Set(exchange);
  }

  Once<ExchangePtr> begun_;
  Once<bool> gone_;
  Served served_{[this](const ExchangePtr& exchange) { Handle(exchange); }};
};

TEST_P(GoneClient, IsNoticedWhileItsHandlerWorks) {
  HttpClient client = served_.Connect();
  client.Send(RequestText("GET", "/held"));
  const ExchangePtr exchange = begun_.Get();
  EXPECT_FALSE(gone_.IsSet());
  Go(client);
  EXPECT_TRUE(gone_.Get());
  exchange->Respond({.body = "to nobody"});
  EXPECT_EQ(served_.Connect().Call("GET", "/").body, "here");
}

TEST_P(GoneClient, IsNoticedBehindPipelinedRequestsThatNobodyHasRead) {
  HttpClient client = served_.Connect();
  std::string requests = RequestText("GET", "/held");
  for (int i = 0; i < 100; ++i) requests += RequestText("POST", "/", std::string(1000, 'x'));
  client.Send(requests);
  const ExchangePtr exchange = begun_.Get();
  Go(client);
  EXPECT_TRUE(gone_.Get());
  exchange->Respond({});
}

TEST_P(GoneClient, IsNoticedWhileItsUploadIsHeldUp) {
  Once<base::Status> end;
  struct Paused final : BodySink {
    explicit Paused(Once<base::Status>& e) : told(e) {}
    Flow OnBody(std::string_view) override { return Flow::kPause; }
    void OnBodyEnd(base::Status status) override { told.Set(std::move(status)); }
    Once<base::Status>& told;
  };
  HttpClient client = served_.Connect();
  client.Send("POST /held HTTP/1.1\r\ncontent-length: 1000000\r\n\r\nsome of it");
  const ExchangePtr exchange = begun_.Get();
  exchange->StreamBody(std::make_shared<Paused>(end));
  Go(client);
  EXPECT_TRUE(gone_.Get());
  exchange->ResumeBody();
  EXPECT_TRUE(IsClientGone(end.Get()));
}

TEST_P(GoneClient, IsToldAtOnceToWhoAsksLate) {
  HttpClient client = served_.Connect();
  client.Send(RequestText("GET", "/held"));
  const ExchangePtr exchange = begun_.Get();
  Go(client);
  EXPECT_TRUE(gone_.Get());
  Once<bool> late;
  exchange->OnClientGone([&] { late.Set(true); });
  EXPECT_TRUE(late.Get());
}

TEST_P(GoneClient, EndsAStreamThatWaits) {
  struct Flag {
    explicit Flag(Once<bool>& o) : once(o) {}
    ~Flag() { once.Set(true); }
    Once<bool>& once;
  };
  Once<bool> destroyed;
  HttpClient client = served_.Connect();
  client.Send(RequestText("GET", "/held"));
  begun_.Get()->RespondStream(
      {}, [flag = std::make_shared<Flag>(destroyed)] { return Piece{"", Piece::Then::kWait}; });
  EXPECT_EQ(client.ReadLine(), "HTTP/1.1 200 OK");
  Go(client);
  EXPECT_TRUE(destroyed.Get());
}

std::string NameOf(const testing::TestParamInfo<Leave>& instance) {
  constexpr std::array kNames = {"Closing", "HalfClosing", "Resetting"};
  return kNames[static_cast<std::size_t>(instance.param)];
}

INSTANTIATE_TEST_SUITE_P(By, GoneClient,
                         testing::Values(Leave::kCloses, Leave::kHalfCloses, Leave::kResets),
                         NameOf);

TEST(Client, ThatLeavesInsideItsBodyNeverHasItsRequestBegun) {
  Once<base::Status> why;
  Served served([&](const ExchangePtr& exchange) {
    exchange->ReadWholeBody(1000, nullptr, [&, exchange](auto body) { why.Set(body.status()); });
  });
  HttpClient client = served.Connect();
  client.Send("PUT /i/_doc/1 HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf");
  client.HalfClose();
  EXPECT_TRUE(IsClientGone(why.Get()));
}

TEST(Client, ThatSentAllAndHalfClosedIsStillAnswered) {
  Served served([&](const ExchangePtr& exchange) {
    exchange->ReadWholeBody(1000, nullptr,
                            [exchange](auto body) { exchange->Respond({.body = body.value()}); });
  });
  HttpClient client = served.Connect();
  client.Send(RequestText("PUT", "/i/_doc/1", "whole"));
  client.HalfClose();
  EXPECT_EQ(client.ReadAnswer().body, "whole");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Client, ThatIsAnsweredIsNotReportedGone) {
  std::atomic<int> gone = 0;
  Served served([&](const ExchangePtr& exchange) {
    exchange->OnClientGone([&] { ++gone; });
    exchange->Respond({});
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(served.Connect().Call("GET", "/").status, 200);
  served.server().Stop();
  EXPECT_EQ(gone, 0);
}

TEST(Exchange, RunsWhatIsPostedOnItsThreadInOrderAlsoAfterTheAnswer) {
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) { begun.Set(exchange); });
  HttpClient client = served.Connect();
  client.Send(RequestText("GET", "/"));
  const ExchangePtr exchange = begun.Get();
  std::vector<int> order;
  for (int i = 0; i < 10; ++i) exchange->Post([&order, i] { order.push_back(i); });
  exchange->Respond({});
  EXPECT_EQ(client.ReadAnswer().status, 200);
  Once<std::thread::id> where;
  exchange->Post([&] { where.Set(std::this_thread::get_id()); });
  EXPECT_NE(where.Get(), std::this_thread::get_id());
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Exchange, MayBeUsedFromManyThreadsWhileClientsComeAndGo) {
  Served served(
      [](const ExchangePtr& exchange) {
        std::thread([exchange] {
          exchange->OnClientGone([exchange] { exchange->ResumeBody(); });
          exchange->ReadWholeBody(1 << 20, nullptr, [exchange](base::Result<std::string> body) {
            std::thread([exchange, body = std::move(body)] {
              exchange->Respond({.body = body.ok() ? body.value() : body.status().reason()});
            }).detach();
          });
        }).detach();
      },
      {.io_threads = 2});
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&served, t] {
      for (int i = 0; i < 50; ++i) {
        HttpClient client = served.Connect();
        const std::string body(static_cast<std::size_t>(1 + i * 1000), 'x');
        const std::string text = RequestText("POST", "/", body);
        if (i % 3 == 0) {
          EXPECT_EQ(client.Call("POST", "/", body).body, body);
        } else {
          client.Send(text.substr(0, text.size() / (i % 3)));
          (t + i) % 2 == 0 ? client.Reset() : client.HalfClose();
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(Connections, ThatAreIdleOrSlowCostLittleMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "their allocators count differently";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "their allocators count differently";
#endif
#endif
  constexpr int kClients = 2000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2 * kClients + 100) GTEST_SKIP() << "too few descriptors";

  Served served([](const ExchangePtr& exchange) {
    exchange->ReadWholeBody(1 << 20, nullptr, [exchange](auto) { exchange->Respond({}); });
  });
  std::vector<HttpClient> clients;
  clients.reserve(kClients);
  const std::size_t unused = ::mallinfo2().uordblks;
  for (int i = 0; i < kClients; ++i) clients.push_back(served.Connect());
  for (HttpClient& client : clients) client.Call("GET", "/");
  const std::size_t idle = ::mallinfo2().uordblks;
  for (HttpClient& client : clients) {
    client.Send("POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\n0123456789");
  }
  while (served.server().stats().requests < 2 * kClients) {
  }
  const std::size_t slow = ::mallinfo2().uordblks;
  EXPECT_LT(idle - unused, kClients * std::size_t{4096});
  EXPECT_LT(slow - unused, kClients * std::size_t{8192});
  RecordProperty("idle_bytes", static_cast<int>((idle - unused) / kClients));
  RecordProperty("slow_bytes", static_cast<int>((slow - idle) / kClients));
}

}  // namespace
}  // namespace rest::http
