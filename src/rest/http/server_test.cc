#include "rest/http/server.h"

#include <gtest/gtest.h>

#include <new>
#include <thread>

#include "support/served.h"

namespace rest::http {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using test::Once;
using test::RequestText;
using test::Served;

// Answers with what it was asked.
void Echo(const ExchangePtr& exchange) {
  exchange->ReadWholeBody(1 << 30, nullptr, [exchange](base::Result<std::string> body) {
    if (!body.ok()) return exchange->Respond({.status = body.status().http_status()});
    const RequestHead& head = exchange->head();
    exchange->Respond({.body = head.method + " " + head.target.raw + " " + body.value()});
  });
}

TEST(Server, AnswersOneRequestAfterTheOtherOnAConnection) {
  Served served(Echo);
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("GET", "/a?b=c").body, "GET /a?b=c ");
  EXPECT_EQ(client.Call("POST", "/d", "some text").body, "POST /d some text");
  const HttpAnswer last = client.Call("GET", "/");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.Header("content-type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(last.Header("server") + last.Header("date") + last.Header("connection"), "");
  EXPECT_EQ(served.server().stats().total_opened, 1u);
  EXPECT_EQ(served.server().stats().requests, 3u);
}

TEST(Server, AnswersPipelinedRequestsInOrderThoughTheirAnswersComeLate) {
  Served served([](const ExchangePtr& exchange) {
    std::thread([exchange] { exchange->Respond({.body = exchange->head().target.raw}); }).detach();
  });
  HttpClient client = served.Connect();
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += RequestText("GET", "/" + std::to_string(i));
  client.Send(requests);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.ReadAnswer().body, "/" + std::to_string(i));
}

// Wherever in a request it is that memory runs out, nobody else hears of it.
TEST(Server, FailsARequestThatFindsNoMemoryAndServesTheNext) {
  Served served([](const ExchangePtr& exchange) {
    const auto out_of_memory = [] { throw std::bad_alloc(); };
    const std::string& path = exchange->head().target.path;
    if (path == "/head") out_of_memory();
    if (path == "/body") {
      return exchange->ReadWholeBody(1000, nullptr, [=](const auto&) { out_of_memory(); });
    }
    if (path == "/posted") return exchange->Post([=, held = exchange] { out_of_memory(); });
    if (path == "/answer") {
      return exchange->RespondStream({}, [=]() -> Piece {
        out_of_memory();
        return {};
      });
    }
    exchange->Respond({.body = "good"});
  });
  HttpClient other = served.Connect();
  EXPECT_EQ(other.Call("GET", "/").body, "good");
  EXPECT_GE(served.Connect().Call("GET", "/head").status, 429);
  EXPECT_GE(served.Connect().Call("POST", "/body", "text").status, 429);
  EXPECT_GE(served.Connect().Call("GET", "/posted").status, 429);
  HttpClient cut = served.Connect();
  cut.Send(RequestText("GET", "/answer"));
  cut.ReadToEnd();  // the connection has been closed
  EXPECT_EQ(other.Call("GET", "/").body, "good");
}

TEST(Server, KeepsPipelinedBodiesApart) {
  Served served(Echo);
  HttpClient client = served.Connect();
  const std::string big(300'000, 'x');
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += RequestText("POST", "/", big + std::to_string(i));
  std::thread sender([&] { client.Send(requests); });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.ReadAnswer().body, "POST / " + big + std::to_string(i));
  }
  sender.join();
}

TEST(Server, SpeaksHttp10AndToleratesAMissingHost) {
  Served served(Echo);
  HttpClient client = served.Connect();
  client.Send("GET /old HTTP/1.0\r\n\r\n");
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "GET /old ");
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());

  HttpClient kept = served.Connect();
  kept.Send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.ReadAnswer().Header("connection"), "keep-alive");
  EXPECT_EQ(kept.Call("GET", "/2").body, "GET /2 ");
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  Served served(Echo);
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/", "", {{"Connection", "close"}});
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Server, AnswersHeadWithTheHeadersOfGet) {
  Served served([](const ExchangePtr& e) { e->Respond({.body = "12345"}); });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("HEAD", "/").Header("content-length"), "5");
  EXPECT_EQ(client.Call("GET", "/").body, "12345");
}

TEST(Server, ReturnsOpaqueAndRequestIdsFirstAndWithTheirUsualSpelling) {
  Served served([](const ExchangePtr& e) {
    Response response{.status = 405};
    response.headers.Add("Allow", "POST");
    e->Respond(response);
  });
  HttpClient client = served.Connect();
  const auto answer =
      client.Call("GET", "/", "", {{"x-opaque-id", "caller-7"}, {"x-request-id", "abc"}});
  ASSERT_GE(answer.headers.size(), 3u);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>("X-Opaque-Id", "caller-7")));
  EXPECT_EQ(answer.headers[1], (std::pair<std::string, std::string>("X-Request-Id", "abc")));
  EXPECT_EQ(answer.headers[2], (std::pair<std::string, std::string>("Allow", "POST")));
}

TEST(Server, KeepsAnswerHeadersOnOneLine) {
  Served served([](const ExchangePtr& e) {
    Response response;
    response.headers.Add("Location", "/i/_doc/a\r\nevil: yes");
    e->Respond(response);
  });
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/");
  EXPECT_EQ(answer.Header("evil"), "");
  EXPECT_EQ(answer.Header("Location"), "/i/_doc/a  evil: yes");
}

class Malformed : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Malformed, IsRefusedWithItsReasonAndTheConnectionClosed) {
  Served served(Echo);
  HttpClient client = served.Connect();
  client.Send(GetParam().first);
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, GetParam().second);
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(served.Connect().Call("GET", "/x").body, "GET /x ") << "others are served";
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Malformed,
    testing::Values(
        std::pair("GARBAGE\r\n\r\n",
                  "illegal_argument_exception: invalid HTTP request: bad method"),
        std::pair("GET / HTTQ\r\n\r\n", "illegal_argument_exception: invalid version format: HTTQ"),
        std::pair("GET / HTTP/2.0\r\n\r\n",
                  "illegal_argument_exception: invalid version format: HTTP/2.0"),
        std::pair("\x16\x03\x01\x02", "illegal_argument_exception: this is not an HTTP request"),
        std::pair("GET / HTTP/1.1\n\n",
                  "illegal_argument_exception: invalid HTTP request: a line must end with CR LF"),
        std::pair("GET / HTTP/1.1\r\nno colon\r\n\r\n",
                  "illegal_argument_exception: invalid HTTP request: bad field"),
        std::pair("POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
                  "illegal_argument_exception: invalid HTTP request: multiple Content-Length"),
        std::pair("POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
                  "illegal_argument_exception: invalid HTTP request: bad Transfer-Encoding"),
        std::pair("POST / HTTP/1.1\r\ntransfer-encoding: identity\r\n\r\n",
                  "illegal_argument_exception: invalid HTTP request: bad Transfer-Encoding"),
        std::pair("GET /" + std::string(4097, 'a') + " HTTP/1.1\r\n\r\n",
                  "too_long_http_line_exception: An HTTP line is larger than 4096 bytes."),
        std::pair(std::string(5000, 'a'),
                  "too_long_http_line_exception: An HTTP line is larger than 4096 bytes."),
        std::pair("GET / HTTP/1.1\r\nx: " + std::string(9000, 'a') + "\r\n\r\n",
                  "too_long_http_header_exception: HTTP header is larger than 8192 bytes.")));

TEST(Server, AnswersAnUndecodableTargetAndGoesOn) {
  Served served(Echo);
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/%zz", "", {{"X-Opaque-Id", "me"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.Header("X-Opaque-Id"), "me");
  EXPECT_EQ(client.Call("GET", "/ok").body, "GET /ok ");
}

TEST(Server, Answers500WhenARequestIsDroppedUnanswered) {
  Served served([](const ExchangePtr&) {});
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("GET", "/").status, 500);
  EXPECT_EQ(client.Call("GET", "/").status, 500);
}

TEST(Server, StopLetsARequestFinishAndRefusesNewConnections) {
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) { begun.Set(exchange); });
  HttpClient client = served.Connect();
  HttpClient idle = served.Connect();
  client.Send(RequestText("GET", "/"));
  const ExchangePtr exchange = begun.Get();
  std::thread stopper([&] { served.server().Stop(); });
  EXPECT_TRUE(idle.ReadToEnd());
  exchange->Respond({.body = "done"});
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.Header("connection"), "close");
  stopper.join();
  EXPECT_EQ(served.Connect().Call("GET", "/").status, 0);
}

TEST(Server, StopCutsWhatDoesNotFinishAndTellsItsHandler) {
  Once<bool> gone;
  Once<ExchangePtr> begun;
  Served served(
      [&](const ExchangePtr& exchange) {
        exchange->OnClientGone([&] { gone.Set(true); });
        begun.Set(exchange);
      },
      {.stop_grace = std::chrono::milliseconds(1)});
  HttpClient client = served.Connect();
  client.Send(RequestText("GET", "/"));
  const ExchangePtr exchange = begun.Get();
  served.server().Stop();
  EXPECT_TRUE(gone.Get());
  EXPECT_EQ(client.ReadAnswer().status, 0);
  exchange->Respond({.body = "too late"});  // and harmless
  exchange->Post([] { FAIL() << "the thread has ended"; });
}

TEST(Server, StopDoesNotWaitForTheRestOfABody) {
  Once<base::Status> ended;
  Served served(
      [&](const ExchangePtr& exchange) {
        exchange->ReadWholeBody(100, nullptr, [&, exchange](const base::Result<std::string>& body) {
          ended.Set(body.status());
          exchange->Respond({.status = 503, .body = "going"});
        });
      },
      {.stop_grace = std::chrono::hours(1)});
  std::thread stopper;
  {
    HttpClient client = served.Connect();
    client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    while (served.server().stats().requests == 0) std::this_thread::yield();
    stopper = std::thread([&] { served.server().Stop(); });
    EXPECT_EQ(ended.Get().type(), "node_closed_exception");
    const HttpAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.Header("connection"), "close");
  }
  stopper.join();
}

TEST(Server, ClosesTheOldestIdleConnectionForANewOne) {
  Served served(Echo, {.max_connections = 3});
  HttpClient first = served.Connect(), second = served.Connect(), third = served.Connect();
  for (HttpClient* client : {&first, &second, &third, &first})
    EXPECT_EQ(client->Call("GET", "/").status, 200);
  HttpClient fourth = served.Connect();
  EXPECT_EQ(fourth.Call("GET", "/").status, 200);
  EXPECT_TRUE(second.ReadToEnd());
  for (HttpClient* client : {&first, &third, &fourth})
    EXPECT_EQ(client->Call("GET", "/").status, 200);
  EXPECT_EQ(served.server().stats().current_open, 3u);
}

TEST(Server, ClosesAnIdleConnectionOfAnotherThreadForANewOne) {
  Once<ExchangePtr> waiting;
  Served served(
      [&](const ExchangePtr& exchange) {
        if (exchange->head().target.raw == "/wait") return waiting.Set(exchange);
        Echo(exchange);
      },
      {.io_threads = 2, .max_connections = 2});
  HttpClient busy = served.Connect(), idle = served.Connect();  // each on a thread of its own
  busy.Send(RequestText("GET", "/wait"));
  const ExchangePtr exchange = waiting.Get();
  EXPECT_EQ(idle.Call("GET", "/").status, 200);
  int status = 429;  // its thread may not have seen yet that it is idle
  for (int i = 0; i < 1000 && status == 429; ++i) status = served.Connect().Call("GET", "/").status;
  EXPECT_EQ(status, 200);
  EXPECT_TRUE(idle.ReadToEnd());
  exchange->Respond({.body = "done"});
  EXPECT_EQ(busy.ReadAnswer().body, "done");
}

TEST(Server, AnswersAFlowOfNewConnectionsWhileManyAreIdle) {
  Served served(Echo, {.max_connections = 20});
  std::vector<HttpClient> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(served.Connect());
    EXPECT_EQ(served.Connect().Call("GET", "/").status, 200) << i;
  }
  EXPECT_LE(served.server().stats().current_open, 20u);
}

TEST(Server, RefusesANewConnectionWithAReasonIfNoneIsIdle) {
  Once<ExchangePtr> waiting;
  Served served(
      [&](const ExchangePtr& exchange) {
        if (exchange->head().target.raw == "/wait") return waiting.Set(exchange);
        Echo(exchange);
      },
      {.max_connections = 1});
  HttpClient busy = served.Connect();
  busy.Send(RequestText("GET", "/wait"));
  const ExchangePtr exchange = waiting.Get();
  HttpClient refused = served.Connect();
  const HttpAnswer answer = refused.Call("GET", "/");
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.body.find("[1] open connections"), std::string::npos) << answer.body;
  EXPECT_TRUE(refused.ReadToEnd());
  exchange->Respond({.body = "done"});
  EXPECT_EQ(busy.ReadAnswer().body, "done");
}

TEST(Server, SaysWhyItCannotListen) {
  Served served(Echo);
  Served other(Echo);
  Server third(other);
  const auto port = third.Start("127.0.0.1", served.port());
  ASSERT_FALSE(port.ok());
  EXPECT_NE(port.status().reason().find("Address already in use"), std::string::npos);
}

}  // namespace
}  // namespace rest::http
