// Long bodies: body threads work on them, by turns, and nothing else that happens to their
// connections happens meanwhile.

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "rest/http/server.h"
#include "support/served.h"

namespace rest::http {
namespace {

using test::HttpClient;
using test::Once;
using test::RequestText;
using test::Served;

constexpr std::size_t kPiece = 16 << 10;  // only the first one stays on the I/O thread
constexpr std::size_t kTurn = 64 << 10;
constexpr std::size_t kLong = 4 << 20;

// Stands still where a body thread has its first piece, until the test lets it go on.
class HaltingSink final : public BodySink {
 public:
  explicit HaltingSink(ExchangePtr exchange) : exchange_(std::move(exchange)) {}

  Flow OnBody(std::string_view piece) override {
    inside_ = true;
    if (passed_ == 0) io_thread_ = std::this_thread::get_id();
    if (passed_ >= kPiece && !halted_) {
      halted_ = true;
      at_body_thread.Set(std::this_thread::get_id() != io_thread_);
      go_on.Get();
    }
    passed_ += piece.size();
    inside_ = false;
    return Flow::kGoOn;
  }
  void OnBodyEnd(base::Status status) override {
    if (inside_) overlapped_ = true;
    exchange_->Respond({.body = status.type()});
    end.Set(std::move(status));
  }

  // Runs as what an exchange posts does; `ran` says whether OnBody() ran at the same time.
  void Post(std::shared_ptr<Once<bool>> ran) {
    exchange_->Post([this, ran] { ran->Set(inside_); });
  }
  std::size_t passed() const { return passed_; }
  bool overlapped() const { return overlapped_; }

  Once<bool> at_body_thread, go_on;
  Once<base::Status> end;

 private:
  const ExchangePtr exchange_;
  std::thread::id io_thread_;
  bool halted_ = false;
  std::atomic<bool> inside_ = false, overlapped_ = false;
  std::atomic<std::size_t> passed_ = 0;
};

class LongBody : public testing::Test {
 protected:
  std::shared_ptr<HaltingSink> Begin(HttpClient& client, const std::string& name) {
    auto sink = std::make_shared<Once<std::shared_ptr<HaltingSink>>>();
    {
      const std::lock_guard lock(mutex_);
      begun_["/" + name] = sink;
    }
    const std::string request = RequestText("POST", "/" + name, std::string(kLong, 'x'));
    client.SendSome(request);
    return sink->Get();
  }
  // Whatever the I/O thread had to do before is done when this is answered.
  void PassIoThread() { EXPECT_EQ(served_->Connect().Call("GET", "/").status, 200); }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Once<std::shared_ptr<HaltingSink>>>> begun_;
  std::unique_ptr<Served> served_ = std::make_unique<Served>(
      [this](const ExchangePtr& exchange) {
        const std::lock_guard lock(mutex_);
        const auto begun = begun_.find(exchange->head().target.path);
        if (begun == begun_.end()) return exchange->Respond({});
        const auto sink = std::make_shared<HaltingSink>(exchange);
        exchange->StreamBody(sink);
        begun->second->Set(sink);
      },
      ServerOptions{
          .body_threads = 1, .short_body = kPiece, .stop_grace = std::chrono::milliseconds(1)});
};

TEST_F(LongBody, HoldsNobodyElse) {
  HttpClient client = served_->Connect();
  const auto sink = Begin(client, "a");
  EXPECT_TRUE(sink->at_body_thread.Get());
  PassIoThread();
  sink->go_on.Set(true);
}

TEST_F(LongBody, IsNotWorkedOnWhileAnythingElseOfItsExchangeRuns) {
  HttpClient client = served_->Connect();
  const auto sink = Begin(client, "a");
  sink->at_body_thread.Get();
  const auto ran = std::make_shared<Once<bool>>();
  sink->Post(ran);
  PassIoThread();
  EXPECT_FALSE(ran->IsSet());
  sink->go_on.Set(true);
  EXPECT_FALSE(ran->Get());
}

TEST_F(LongBody, IsNotWorkedOnWhileItsClientGoes) {
  HttpClient client = served_->Connect();
  const auto sink = Begin(client, "a");
  sink->at_body_thread.Get();
  client.Reset();
  PassIoThread();
  EXPECT_FALSE(sink->end.IsSet());
  sink->go_on.Set(true);
  EXPECT_TRUE(IsClientGone(sink->end.Get()));
  EXPECT_FALSE(sink->overlapped());
}

TEST_F(LongBody, TakesTurnsWithOthers) {
  HttpClient first = served_->Connect(), second = served_->Connect();
  const auto a = Begin(first, "a");
  a->at_body_thread.Get();
  const auto b = Begin(second, "b");
  PassIoThread();
  EXPECT_EQ(b->passed(), kPiece) << "it waits for its turn";
  a->go_on.Set(true);
  b->at_body_thread.Get();
  EXPECT_LE(a->passed(), kPiece + kTurn);
  b->go_on.Set(true);
}

TEST_F(LongBody, ThatWaitsForItsTurnCanBeStoppedAtOnce) {
  HttpClient first = served_->Connect(), second = served_->Connect();
  const auto a = Begin(first, "a");
  a->at_body_thread.Get();
  const auto b = Begin(second, "b");
  PassIoThread();
  const auto ran = std::make_shared<Once<bool>>();
  b->Post(ran);
  EXPECT_FALSE(ran->Get()) << "though the only body thread is at another one";
  second.Reset();
  EXPECT_TRUE(IsClientGone(b->end.Get()));
  a->go_on.Set(true);
}

TEST_F(LongBody, EndsWhenTheServerStops) {
  HttpClient first = served_->Connect(), second = served_->Connect();
  const auto a = Begin(first, "a");
  a->at_body_thread.Get();
  const auto b = Begin(second, "b");
  PassIoThread();
  auto stopped = std::async(std::launch::async, [this] { served_->server().Stop(); });
  EXPECT_FALSE(b->end.Get().ok());
  a->go_on.Set(true);
  EXPECT_FALSE(a->end.Get().ok());
  stopped.get();
  EXPECT_FALSE(a->overlapped());
}

}  // namespace
}  // namespace rest::http
