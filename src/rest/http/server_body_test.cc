// What arrives: bodies of every framing and packing, and their limits.

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
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
using test::Pack;
using test::RequestText;
using test::Served;

constexpr std::chrono::milliseconds kShort{50};

// Answers with the body, or with why there is none.
void EchoBody(const ExchangePtr& exchange) {
  exchange->ReadWholeBody(1 << 30, nullptr, [exchange](base::Result<std::string> body) {
    if (!body.ok()) {
      return exchange->Respond(
          {.status = body.status().http_status(), .body = body.status().reason()});
    }
    exchange->Respond({.body = body.value()});
  });
}

// Collects, pauses after each piece, and lets the test see and steer it.
class SteeredSink final : public BodySink {
 public:
  Flow OnBody(std::string_view piece) override {
    std::lock_guard lock(mutex_);
    text_.append(piece);
    largest_ = std::max(largest_, piece.size());
    changed_.notify_all();
    return free_ ? Flow::kGoOn : Flow::kPause;
  }
  void OnBodyEnd(base::Status status) override { end.Set(std::move(status)); }

  void SetFree() {
    std::lock_guard lock(mutex_);
    free_ = true;
  }
  std::size_t AwaitAtLeast(std::size_t size) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return text_.size() >= size; });
    return text_.size();
  }
  std::string text() {
    std::lock_guard lock(mutex_);
    return text_;
  }
  std::size_t largest() {
    std::lock_guard lock(mutex_);
    return largest_;
  }

  Once<base::Status> end;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;         // guarded by mutex_
  std::size_t largest_ = 0;  // guarded by mutex_
  bool free_ = false;        // guarded by mutex_
};

TEST(Body, MayComeInChunksCutAnywhere) {
  Served served(EchoBody);
  const std::string head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
  const std::string chunks = "5;ext=1\r\nhello\r\n1\r\n \r\n05\r\nworld\r\n0\r\ntrailer: x\r\n\r\n";
  for (std::size_t cut = 0; cut <= chunks.size(); ++cut) {
    HttpClient client = served.Connect();
    client.Send(head + chunks.substr(0, cut));
    client.Send(chunks.substr(cut) + RequestText("POST", "/", "next"));
    EXPECT_EQ(client.ReadAnswer().body, "hello world") << "cut at " << cut;
    EXPECT_EQ(client.ReadAnswer().body, "next") << "cut at " << cut;
  }
}

TEST(Body, MayBeEmptyInChunksThatComeByteByByte) {
  Served served(EchoBody);
  HttpClient client = served.Connect();
  const std::string text =
      "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\ntrailer: x\r\n\r\n";
  for (char byte : text + RequestText("POST", "/", "next")) client.Send({&byte, 1});
  EXPECT_EQ(client.ReadAnswer().body, "");
  EXPECT_EQ(client.ReadAnswer().body, "next");
}

TEST(Body, OfChunksThatAreNoneIsRefused) {
  Served served(EchoBody);
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 400);
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Body, IsUnpackedFromGzipAndDeflate) {
  Served served(EchoBody);
  HttpClient client = served.Connect();
  const std::string text = Documents(20'000);
  for (Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    const HttpAnswer answer = client.Call("POST", "/", Pack(coding, text),
                                          {{"Content-Encoding", std::string(Name(coding))}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == text) << Name(coding);
  }
}

TEST(Body, OfSeveralGzipMembersIsTheirSum) {
  Served served(EchoBody);
  HttpClient client = served.Connect();
  const std::string packed = Pack(Coding::kGzip, "one, ") + Pack(Coding::kGzip, "two");
  EXPECT_EQ(client.Call("POST", "/", packed, {{"content-encoding", "gzip"}}).body, "one, two");
}

TEST(Body, ThatIsNotTheGzipItClaimsToBeIs400) {
  Served served(EchoBody);
  const std::string packed = Pack(Coding::kGzip, Documents(100));
  for (const std::string& body : {std::string("not gzip at all"), packed.substr(0, 100)}) {
    HttpClient client = served.Connect();
    EXPECT_EQ(client.Call("POST", "/", body, {{"content-encoding", "gzip"}}).status, 400);
  }
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("POST", "/", "x", {{"content-encoding", "br"}}).status, 400);
}

TEST(Body, ThatUnpacksToTooMuchIs413) {
  Served served(EchoBody, {.max_content_length = 1 << 20});
  HttpClient client = served.Connect();
  const std::string bomb = Pack(Coding::kGzip, std::string(64 << 20, 'a'));
  ASSERT_LT(bomb.size(), 1u << 20);
  EXPECT_EQ(client.Call("POST", "/", bomb, {{"content-encoding", "gzip"}}).status, 413);
}

TEST(Body, OverTheLimitIs413WhetherDeclaredOrChunked) {
  Served served(EchoBody, {.max_content_length = 10});
  HttpClient declared = served.Connect();
  EXPECT_EQ(declared.Call("POST", "/", "12345678901").status, 413);
  HttpClient chunked = served.Connect();
  chunked.Send(
      "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.ReadAnswer().status, 413);
  HttpClient fits = served.Connect();
  EXPECT_EQ(fits.Call("POST", "/", "1234567890").status, 200);
}

TEST(Body, IsInvitedWhenTheClientExpectsIt) {
  Served served(EchoBody, {.max_content_length = 10});
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\nExpect: 100-continue\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(client.ReadLine(), "HTTP/1.1 100 Continue");
  EXPECT_EQ(client.ReadLine(), "");
  client.Send("hello");
  EXPECT_EQ(client.ReadAnswer().body, "hello");
  client.Send("POST / HTTP/1.1\r\nExpect: 100-continue\r\ncontent-length: 11\r\n\r\n");
  EXPECT_EQ(client.ReadLine(), "HTTP/1.1 413 Request Entity Too Large");
  HttpClient other = served.Connect();
  other.Send("POST / HTTP/1.1\r\nExpect: miracles\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(other.ReadAnswer().status, 417);
}

TEST(Body, ThatNobodyReadsIsThrownAwayAndTheConnectionKept) {
  Served served([](const ExchangePtr& exchange) { exchange->Respond({.body = "no"}); });
  HttpClient client = served.Connect();
  EXPECT_EQ(client.Call("POST", "/", std::string(100'000, 'x')).body, "no");
  EXPECT_EQ(client.Call("POST", "/", "small").body, "no");
}

TEST(Body, ThatNobodyReadsAndIsLongEndsTheConnectionAfterTheAnswer) {
  Served served([](const ExchangePtr& exchange) { exchange->Respond({.body = "no"}); });
  HttpClient client = served.Connect();
  const HttpAnswer answer = client.Call("POST", "/", std::string(20 << 20, 'x'));
  EXPECT_EQ(answer.body, "no") << "though the client sent all of it before it read";
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Body, InChunksThatNobodyReadsIsThrownAwayAndTheConnectionKeptIfItIsThereWhole) {
  Served served([](const ExchangePtr& exchange) { exchange->Respond({.body = "no"}); });
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
              RequestText("GET", "/next"));
  EXPECT_EQ(client.ReadAnswer().Header("connection"), "");
  EXPECT_EQ(client.ReadAnswer().body, "no");
}

// How long it will be nobody knows, so that whoever sends another request behind it must know.
TEST(Body, InChunksThatIsAnsweredBeforeItsEndEndsTheConnectionAndTheAnswerSaysSo) {
  const auto sink = std::make_shared<SteeredSink>();
  sink->SetFree();
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) {
    exchange->StreamBody(sink);
    begun.Set(exchange);
  });
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
  sink->AwaitAtLeast(5);
  begun.Get()->Respond({.status = 500, .body = "cancelled"});
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "cancelled");
  EXPECT_EQ(answer.Header("connection"), "close");
  client.Send("200000\r\n" + std::string(2 << 20, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Body, OfWhichNoByteComesForAWhileIs408) {
  Served served(EchoBody, {.read_timeout = kShort});
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\n12345");
  EXPECT_EQ(client.ReadAnswer().status, 408);
  EXPECT_TRUE(client.ReadToEnd());
  HttpClient head_only = served.Connect();
  head_only.Send("POST / HT");
  EXPECT_EQ(head_only.ReadAnswer().status, 408);
}

TEST(Body, MayTakeLongAsLongAsBytesCome) {
  const auto sink = std::make_shared<SteeredSink>();
  sink->SetFree();
  Once<ExchangePtr> begun;
  Served served(
      [&](const ExchangePtr& exchange) {
        exchange->StreamBody(sink);
        begun.Set(exchange);
      },
      {.read_timeout = kShort});
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
  const ExchangePtr exchange = begun.Get();
  const auto until = std::chrono::steady_clock::now() + 4 * kShort;
  for (std::size_t sent = 1; std::chrono::steady_clock::now() < until; ++sent) {
    client.Send("1\r\nx\r\n");
    ASSERT_EQ(sink->AwaitAtLeast(sent), sent);
  }
  client.Send("0\r\n\r\n");
  EXPECT_TRUE(sink->end.Get().ok());
}

TEST(Body, IsHandedOverAsItComesAndWaitsWhileItsSinkPauses) {
  const auto sink = std::make_shared<SteeredSink>();
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) {
    exchange->StreamBody(sink);
    begun.Set(exchange);
  });
  HttpClient client = served.Connect();
  const std::string text = Documents(400'000);  // more than the kernel buffers
  std::thread sender([&] { client.Send(RequestText("POST", "/_bulk", text)); });
  const ExchangePtr exchange = begun.Get();
  const std::size_t first = sink->AwaitAtLeast(1);
  EXPECT_LE(first, 64u << 10);
  EXPECT_FALSE(sink->end.IsSet());
  sink->SetFree();
  exchange->ResumeBody();
  EXPECT_TRUE(sink->end.Get().ok());
  sender.join();
  EXPECT_TRUE(sink->text() == text);
  EXPECT_LE(sink->largest(), 64u << 10);
  exchange->Respond({.body = "thanks"});
  EXPECT_EQ(client.ReadAnswer().body, "thanks");
}

TEST(Body, ThatIsPackedIsHandedOverPieceByPieceToo) {
  const auto sink = std::make_shared<SteeredSink>();
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) {
    exchange->StreamBody(sink);
    begun.Set(exchange);
  });
  HttpClient client = served.Connect();
  const std::string text(10 << 20, 'z');  // some 10 KB packed: all of it is there at once
  client.Send(RequestText("POST", "/", Pack(Coding::kGzip, text), {{"content-encoding", "gzip"}}));
  const ExchangePtr exchange = begun.Get();
  std::size_t seen = 0;
  for (int piece = 0; piece < 10; ++piece) {
    const std::size_t now = sink->AwaitAtLeast(seen + 1);
    EXPECT_LE(now, seen + (64 << 10));
    seen = now;
    exchange->ResumeBody();
  }
  sink->SetFree();
  exchange->ResumeBody();
  EXPECT_TRUE(sink->end.Get().ok());
  EXPECT_TRUE(sink->text() == text);
  exchange->Respond({});
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST(Body, OfACancelledUploadIsReadOnAndTheConnectionKept) {
  const auto sink = std::make_shared<SteeredSink>();
  const auto rest = std::make_shared<SteeredSink>();
  rest->SetFree();
  Once<ExchangePtr> begun;
  Served served([&](const ExchangePtr& exchange) {
    exchange->StreamBody(sink);
    begun.Set(exchange);
  });
  HttpClient client = served.Connect();
  client.Send("POST / HTTP/1.1\r\ncontent-length: 11\r\n\r\nhello");
  sink->AwaitAtLeast(5);
  const ExchangePtr exchange = begun.Get();
  exchange->DrainBody({}, rest);
  client.Send(" world");
  EXPECT_TRUE(rest->end.Get().ok());
  EXPECT_EQ(rest->text(), " world");
  EXPECT_FALSE(sink->end.IsSet());
  exchange->Respond({.body = "cancelled"});
  const HttpAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "cancelled");
  EXPECT_EQ(answer.Header("connection"), "");
}

TEST(Body, OfACancelledUploadIsNotReadOnForEver) {
  for (const DrainLimits limits : {DrainLimits{.timeout = kShort}, DrainLimits{.max_bytes = 7}}) {
    const auto rest = std::make_shared<SteeredSink>();
    rest->SetFree();
    Once<ExchangePtr> begun;
    Served served([&](const ExchangePtr& exchange) {
      exchange->DrainBody(limits, rest);
      begun.Set(exchange);
    });
    HttpClient client = served.Connect();
    client.Send("POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\nhello");
    rest->AwaitAtLeast(5);
    if (limits.max_bytes == 7) client.Send("world");
    EXPECT_TRUE(IsDrainLimit(rest->end.Get()));
    begun.Get()->Respond({.body = "cancelled"});
    const HttpAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.body, "cancelled");
    EXPECT_EQ(answer.Header("connection"), "close");
  }
}

TEST(Body, IsRefusedWith429WhenAllTogetherHoldTooMuch) {
  tasks::MemoryAccount account({.in_flight_requests = 150});
  const auto reservation = [&account] {
    return std::make_shared<tasks::Reservation>(&account, tasks::Breaker::kInFlightRequests,
                                                "<http_request>");
  };
  Served served([&](const ExchangePtr& exchange) {
    exchange->ReadWholeBody(1000, reservation(), [exchange](const base::Result<std::string>& body) {
      exchange->Respond({.status = body.status().http_status(), .body = body.status().reason()});
    });
  });
  auto held = reservation();
  ASSERT_TRUE(held->Grow(100).ok());
  const HttpAnswer refused = served.Connect().Call("POST", "/", std::string(100, 'x'));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body,
            "[in_flight_requests] Data too large, data for [<http_request>] would be [200/200b], "
            "which is larger than the limit of [150/150b]");
  held.reset();
  EXPECT_EQ(served.Connect().Call("POST", "/", std::string(100, 'x')).status, 200);
}

}  // namespace
}  // namespace rest::http
