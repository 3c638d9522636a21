// A long body or answer takes turns with whatever else a thread has to do. What is counted is how
// much of it has passed when a request is served that was sent after its beginning.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "rest/http/server.h"
#include "support/packing.h"
#include "support/served.h"

namespace rest::http {
namespace {

using test::HttpClient;
using test::Once;
using test::Pack;
using test::RequestText;
using test::Served;

constexpr std::size_t kTurn = 64 << 10;
constexpr std::size_t kLong = 16 << 20;
// Two, if what the other client has sent is there when its send() returns, which a busy kernel does
// not promise.
constexpr std::size_t kSomeTurns = 10 * kTurn;

// Stands still at the first byte of something long until the test has sent another request.
class Halt {
 public:
  void Pass(std::size_t bytes) {
    if (passed_ == 0) {
      begun_.Set(true);
      go_on_.Get();
    }
    passed_ += bytes;
  }
  void AwaitBegun() { begun_.Get(); }
  void GoOn() { go_on_.Set(true); }
  std::size_t passed() const { return passed_; }

 private:
  Once<bool> begun_, go_on_;
  std::atomic<std::size_t> passed_ = 0;
};

class HaltingSink final : public BodySink {
 public:
  HaltingSink(Halt& halt, ExchangePtr exchange) : halt_(halt), exchange_(std::move(exchange)) {}

  Flow OnBody(std::string_view piece) override {
    const bool first = halt_.passed() == 0;
    halt_.Pass(piece.size());
    for (int i = 0; first && i < 100; ++i) exchange_->Post([] {});  // none is another turn
    return Flow::kGoOn;
  }
  void OnBodyEnd(base::Status) override { exchange_->Respond({}); }

 private:
  Halt& halt_;
  const ExchangePtr exchange_;
};

class Turns : public testing::Test {
 protected:
  // How much of the answer to, or of the body of, `request` has passed when another is served.
  std::size_t PassedBeforeAnother(std::string_view request) {
    HttpClient other = served_.Connect();
    other.Call("GET", "/other");
    HttpClient client = served_.Connect();
    std::size_t sent = client.SendSome(request);
    halt_.AwaitBegun();
    while (const std::size_t more = client.SendSome(request.substr(sent))) sent += more;
    other.Send(RequestText("GET", "/other"));
    halt_.GoOn();
    return std::stoul(other.ReadAnswer().body);
  }

  Halt halt_;
  Served served_{[this](const ExchangePtr& exchange) {
                   const std::string& path = exchange->head().target.path;
                   if (path == "/other") {
                     exchange->Respond({.body = std::to_string(halt_.passed())});
                   } else if (path == "/body") {
                     exchange->StreamBody(std::make_shared<HaltingSink>(halt_, exchange));
                   } else {
                     exchange->RespondStream({}, [this] {
                       halt_.Pass(kTurn / 2);
                       return Piece{
                           .data = std::string(kTurn / 2, 'x'),
                           .then = halt_.passed() < kLong ? Piece::Then::kMore : Piece::Then::kEnd};
                     });
                   }
                 },
                 {.max_content_length = 2 * kLong}};
};

TEST_F(Turns, OfAPlainBodyEndAfter64KB) {
  EXPECT_LE(PassedBeforeAnother(RequestText("POST", "/body", std::string(kLong, '\n'))),
            kSomeTurns);
}

TEST_F(Turns, OfAPackedBodyEndAfter64KBUnpacked) {
  const std::string packed = Pack(Coding::kGzip, std::string(kLong, '\n'));
  ASSERT_LT(packed.size(), kTurn) << "all of it is there at once";
  EXPECT_LE(
      PassedBeforeAnother(RequestText("POST", "/body", packed, {{"content-encoding", "gzip"}})),
      kSomeTurns);
}

// Each chunk unpacks to less than a piece, so that none by itself would end anything.
TEST_F(Turns, OfAPackedBodyInSmallChunksEndAfter64KBUnpackedToo) {
  const std::string packed = Pack(Coding::kGzip, std::string(kLong, '\n'));
  std::string request =
      "POST /body HTTP/1.1\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < packed.size(); at += 8) {
    const std::string chunk = packed.substr(at, 8);
    request += std::to_string(chunk.size()) + "\r\n" + chunk + "\r\n";
  }
  EXPECT_LE(PassedBeforeAnother(request + "0\r\n\r\n"), kSomeTurns);
}

TEST_F(Turns, OfAnAnswerEndAfter64KB) {
  EXPECT_LE(PassedBeforeAnother(RequestText("GET", "/answer")), kSomeTurns);
}

TEST_F(Turns, OfAPackedAnswerEndAfter64KBToo) {
  EXPECT_LE(PassedBeforeAnother(RequestText("GET", "/answer", {}, {{"accept-encoding", "gzip"}})),
            kSomeTurns);
}

struct Place {
  std::uint64_t short_body = 0;
  std::size_t others_at_most = 0;  // read when the hurried body has ended
};

// Packed bodies of kLong that are there as a whole, so that only turns decide which is read first.
class Hurry : public testing::TestWithParam<Place> {
 protected:
  static constexpr std::size_t kOthers = 4;

  // Pauses until all have come.
  class Sink final : public BodySink {
   public:
    Sink(Hurry& test, ExchangePtr exchange, bool hurries)
        : test_(test), exchange_(std::move(exchange)), hurries_(hurries) {}

    Flow OnBody(std::string_view piece) override {
      if (!hurries_) test_.others_ += piece.size();
      return test_.all_there_ ? Flow::kGoOn : Flow::kPause;
    }
    void OnBodyEnd(base::Status) override {
      if (hurries_) test_.others_then_.Set(test_.others_.load());
      exchange_->Respond({});
    }

   private:
    Hurry& test_;
    const ExchangePtr exchange_;
    const bool hurries_;
  };

  void Take(const ExchangePtr& exchange) {
    const bool hurries = exchange->head().target.path == "/hurried";
    if (hurries) exchange->Hurry();
    exchange->StreamBody(std::make_shared<Sink>(*this, exchange, hurries));
    waiting_.push_back(exchange);
    if (waiting_.size() < kOthers + 1) return;
    all_there_ = true;
    for (const ExchangePtr& each : waiting_) each->ResumeBody();
    waiting_.clear();
  }

  std::atomic<std::size_t> others_ = 0;
  std::atomic<bool> all_there_ = false;
  Once<std::size_t> others_then_;
  std::vector<ExchangePtr> waiting_;  // on the I/O thread
  Served served_{[this](const ExchangePtr& exchange) { Take(exchange); },
                 {.io_threads = 1,
                  .body_threads = 1,
                  .short_body = GetParam().short_body,
                  .max_content_length = 2 * kLong}};
};

TEST_P(Hurry, GoesBeforeOthersThatGetSomeTurnsToo) {
  const std::string packed = Pack(Coding::kGzip, std::string(kLong, '\n'));
  std::vector<HttpClient> clients;
  for (std::size_t i = 0; i <= kOthers; ++i) {
    clients.push_back(served_.Connect());
    clients.back().Send(RequestText("POST", i < kOthers ? "/other" : "/hurried", packed,
                                    {{"content-encoding", "gzip"}}));
  }
  const std::size_t others_then = others_then_.Get();
  EXPECT_GT(others_then, kLong / 16);
  EXPECT_LT(others_then, GetParam().others_at_most);
  for (HttpClient& client : clients) EXPECT_EQ(client.ReadAnswer().status, 200);
}

INSTANTIATE_TEST_SUITE_P(OnTheIoThread, Hurry, testing::Values(Place{2 * kLong, kLong / 4}));
// Which has an other's turn while the hurried one is on its way back.
INSTANTIATE_TEST_SUITE_P(OnABodyThread, Hurry, testing::Values(Place{kTurn, 2 * kLong}));

}  // namespace
}  // namespace rest::http
