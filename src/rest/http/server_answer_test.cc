// What is sent: streamed and packed answers, slow readers.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "rest/http/server.h"
#include "support/packing.h"
#include "support/served.h"

namespace rest::http {
namespace {

using test::Documents;
using test::HttpAnswer;
using test::HttpClient;
using test::Once;
using test::RequestText;
using test::Served;
using test::Unpack;

using Then = Piece::Then;

// `count` pieces of `size` bytes, counting how many were asked for.
Exchange::Producer Pieces(int count, std::size_t size, std::atomic<int>& asked) {
  return [count, size, &asked]() mutable {
    ++asked;
    return Piece{std::string(size, 'p'), --count > 0 ? Then::kMore : Then::kEnd};
  };
}

TEST(Answer, IsStreamedInChunksAndTheConnectionKept) {
  std::atomic<int> asked = 0;
  Served served([&](const ExchangePtr& exchange) {
    exchange->RespondStream({.body = "head "}, Pieces(10, 3, asked));
  });
  HttpClient client = served.Connect();
  for (int i = 0; i < 2; ++i) {
    const HttpAnswer answer = client.Call("GET", "/");
    EXPECT_EQ(answer.Header("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.body, "head " + std::string(30, 'p'));
    EXPECT_TRUE(answer.whole);
  }
}

TEST(Answer, WhosePiecesTakeTimeLeavesTheThreadToOthersInBetween) {
  std::atomic<int> pieces = 0, before_other = -1;
  Served served([&](const ExchangePtr& exchange) {
    exchange->RespondStream({}, [&, exchange] {
      if (++pieces == 1) exchange->Post([&] { before_other = pieces.load(); });
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      while (std::chrono::steady_clock::now() < until) {
      }
      return Piece{"p", pieces < 10 ? Then::kMore : Then::kEnd};
    });
  });
  EXPECT_EQ(served.Connect().Call("GET", "/").body, std::string(10, 'p'));
  EXPECT_GE(before_other, 1);
  EXPECT_LE(before_other, 2);
}

TEST(Answer, StreamedToHttp10EndsWithTheConnection) {
  std::atomic<int> asked = 0;
  Served served(
      [&](const ExchangePtr& exchange) { exchange->RespondStream({}, Pieces(10, 3, asked)); });
  HttpClient client = served.Connect();
  client.Send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_EQ(answer.body, std::string(30, 'p'));
}

TEST(Answer, StreamedToHeadHasNoBodyAndAsksForNone) {
  std::atomic<int> asked = 0;
  Served served(
      [&](const ExchangePtr& exchange) { exchange->RespondStream({}, Pieces(10, 3, asked)); });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("HEAD", "/").Header("transfer-encoding"), "chunked");
  EXPECT_EQ(client.Call("HEAD", "/").status, 200);
  EXPECT_EQ(asked, 0);
}

TEST(Answer, StreamedToASlowReaderIsProducedNoFasterThanItReads) {
  constexpr int kPieces = 1000;
  std::atomic<int> asked = 0;
  Served served([&](const ExchangePtr& exchange) {
    if (exchange->head().target.raw == "/") return exchange->Respond({});
    exchange->RespondStream({}, Pieces(kPieces, 64 << 10, asked));
  });
  HttpClient client = served.Connect(8192);
  client.Send(RequestText("GET", "/long"));
  HttpClient other = served.Connect();
  int before = -1;
  while (before != asked) {  // until the sockets are full: another answer has passed in between
    before = asked;
    EXPECT_EQ(other.Call("GET", "/").status, 200);
  }
  EXPECT_LT(asked, kPieces / 4) << "64 MB were asked for, the sockets hold some";
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body.size(), std::size_t{kPieces} << 16);
  EXPECT_EQ(asked, kPieces);
}

TEST(Answer, MayWaitForWhatIsNotThereYetAndSendsWhatIs) {
  std::atomic<int> given = 0;
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) {
    exchange->RespondStream({.content_type = "text/event-stream"}, [&] {
      const int number = ++given;
      return Piece{"event " + std::to_string(number), number < 3 ? Then::kWait : Then::kEnd};
    });
    begun.Set(exchange);
  });
  HttpClient client = served.Connect();
  client.Send(RequestText("GET", "/_tasks/_stream"));
  while (client.ReadLine() != "") {
  }
  const ExchangePtr exchange = begun.Get();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(client.ReadLine(), "7");
    EXPECT_EQ(client.ReadLine(), "event " + std::to_string(i));
    EXPECT_EQ(given, i);
    exchange->ContinueStream();
  }
  EXPECT_EQ(client.ReadLine(), "0");
}

TEST(Answer, ThatIsCutShortIsSeenToBe) {
  Served served([](const ExchangePtr& exchange) {
    exchange->RespondStream({.body = "some"}, [] { return Piece{"", Then::kAbort}; });
  });
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.whole);
}

TEST(Answer, IsPackedAsTheClientAccepts) {
  const std::string text = Documents(200);
  ASSERT_LT(text.size(), 64u << 10);
  Served served([&](const ExchangePtr& exchange) { exchange->Respond({.body = text}); });
  HttpClient client = served.Connect();
  const HttpAnswer gzip = client.Call("GET", "/", "", {{"Accept-Encoding", "gzip, deflate"}});
  EXPECT_EQ(gzip.Header("content-encoding"), "gzip");
  EXPECT_EQ(gzip.Header("content-length"), std::to_string(gzip.body.size()));
  EXPECT_LT(gzip.body.size(), text.size() / 2);
  EXPECT_EQ(Unpack(Coding::kGzip, gzip.body), text);
  const HttpAnswer deflate = client.Call("GET", "/", "", {{"Accept-Encoding", "gzip;q=0,deflate"}});
  EXPECT_EQ(deflate.Header("content-encoding"), "deflate");
  EXPECT_EQ(Unpack(Coding::kDeflate, deflate.body), text);
  const HttpAnswer plain = client.Call("GET", "/", "", {{"Accept-Encoding", "br"}});
  EXPECT_EQ(plain.Header("content-encoding"), "");
  EXPECT_EQ(plain.body, text);
}

TEST(Answer, ThatIsTinyIsNotPacked) {
  Served served([](const ExchangePtr& exchange) { exchange->Respond({.body = "{}"}); });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("GET", "/", "", {{"Accept-Encoding", "gzip"}}).body, "{}");
}

TEST(Answer, ThatIsLongIsPackedWhileItIsSent) {
  const std::string text = Documents(100'000);
  Served served([&](const ExchangePtr& exchange) { exchange->Respond({.body = text}); });
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/", "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(answer.Header("transfer-encoding"), "chunked");
  EXPECT_TRUE(Unpack(Coding::kGzip, answer.body) == text);
  EXPECT_TRUE(client.Call("GET", "/").body == text) << "and whole without";
  client.Send("GET / HTTP/1.0\r\naccept-encoding: gzip\r\n\r\n");
  EXPECT_TRUE(client.ReadAnswer().body == text) << "HTTP/1.0 knows no chunks";
}

TEST(Answer, ThatIsStreamedIsPackedToo) {
  std::atomic<int> asked = 0;
  Served served(
      [&](const ExchangePtr& exchange) { exchange->RespondStream({}, Pieces(20, 1000, asked)); });
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("GET", "/", "", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(Unpack(Coding::kGzip, answer.body), std::string(20'000, 'p'));
}

TEST(Answer, OfSeveralTheFirstCounts) {
  Served served([](const ExchangePtr& exchange) {
    exchange->Respond({.body = "first"});
    exchange->Respond({.status = 500, .body = "second"});
  });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("GET", "/").body, "first");
  EXPECT_EQ(client.Call("GET", "/").body, "first");
}

TEST(Answer, MayEndTheConnection) {
  Served served([](const ExchangePtr& exchange) {
    exchange->CloseAfterResponse();
    exchange->Respond({.body = "last"});
  });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("GET", "/").Header("connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Answer, OfOneConnectionDoesNotWaitForAnothers) {
  Served served([](const ExchangePtr& exchange) {
    if (exchange->head().target.raw == "/held") {
      return exchange->OnClientGone([exchange] {});  // keeps it until then
    }
    exchange->Respond({.body = "here"});
  });
  HttpClient held = served.Connect();
  held.Send(RequestText("GET", "/held"));
  HttpClient other = served.Connect();
  EXPECT_EQ(other.Call("GET", "/").body, "here");
}

}  // namespace
}  // namespace rest::http
