// test/support/scripted_exchange.h
//
// An Exchange whose body a test feeds as it likes: slowly, in pieces, or never to its end. The
// test's thread is its I/O thread: what is posted runs when the test says so.
//
// Lifetime: shared, as the real one. Threads: Post(), the answers and ContinueStream() any; the
// rest one.

#pragma once

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/http/exchange.h"
#include "rest/http/internal/incoming_body.h"

namespace test {

class ScriptedExchange final : public rest::http::Exchange {
 public:
  ScriptedExchange(std::string_view method, std::string_view target,
                   std::optional<std::uint64_t> content_length = {}) {
    head_.method = method;
    auto parsed = rest::http::ParseTarget(target);
    if (!parsed.ok()) std::abort();
    head_.target = std::move(parsed).value();
    head_.headers.Add("content-type", "application/x-ndjson");
    head_.remote_address = "127.0.0.1";
    head_.has_body = content_length != std::optional<std::uint64_t>(0);
    head_.content_length = content_length;
  }

  // For routes that want the body whole: it is there at once, or when the test says so.
  void SetWholeBody(std::string body) { whole_body_ = std::move(body); }
  bool awaits_body() const { return whole_ != nullptr; }
  void GiveBody(base::Result<std::string> body) {
    if (const auto done = std::exchange(whole_, nullptr)) done(std::move(body));
  }

  // The client's side.
  void Send(std::string_view bytes) {
    constexpr std::size_t kPiece = 64 << 10;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) {
      RunUntil([this] { return !paused_ || answer_; });
      if (!sink_) return;
      const auto sink = sink_;
      if (sink->OnBody(bytes.substr(0, kPiece)) == rest::http::Flow::kPause) paused_ = true;
    }
    RunPosted();
  }
  void EndBody(base::Status status = {}) {
    RunUntil([this] { return !paused_ || answer_; });
    if (const auto sink = std::exchange(sink_, nullptr)) sink->OnBodyEnd(std::move(status));
    RunPosted();
  }
  // Its body breaks off there: a sink that has paused hears of it when it goes on.
  void Leave() {
    left_ = true;
    for (const auto& gone : std::exchange(gone_, {})) gone();
    BreakOff();
    RunPosted();
  }

  // The I/O thread's work.
  void RunPosted() {
    for (;;) {
      std::function<void()> work;
      {
        std::lock_guard lock(mutex_);
        if (posted_.empty()) return;
        work = std::move(posted_.front());
        posted_.pop_front();
      }
      work();
    }
  }
  template <typename Ready>
  void RunUntil(Ready ready) {
    for (;;) {
      RunPosted();
      if (ready()) return;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !posted_.empty(); });
    }
  }
  // The whole answer.
  const rest::http::Response& Answer() {
    RunUntil([this] { return answer_ && !next_; });
    return *answer_;
  }
  bool answered() const { return answer_.has_value(); }
  bool paused() const { return paused_; }
  bool drains() const { return drains_; }
  bool hurries() const { return hurries_; }
  bool closes() const { return closes_; }
  bool aborted() const { return aborted_; }
  std::size_t longest_piece() const { return longest_piece_; }
  std::size_t pieces() const { return pieces_; }
  std::size_t answer_bytes() const { return answer_bytes_; }
  // Counts an answer's bytes instead of keeping them.
  void DropAnswer() { keeps_answer_ = false; }

  const rest::http::RequestHead& head() const override { return head_; }
  void ReadWholeBody(std::uint64_t, std::shared_ptr<tasks::Reservation>,
                     BodyCallback done) override {
    whole_ = std::move(done);
    if (whole_body_) Post([this] { GiveBody(*std::exchange(whole_body_, std::nullopt)); });
  }
  void StreamBody(std::shared_ptr<rest::http::BodySink> sink) override { sink_ = std::move(sink); }
  void ResumeBody() override {
    paused_ = false;
    Post([this] { BreakOff(); });
  }
  void DrainBody(rest::http::DrainLimits, std::shared_ptr<rest::http::BodySink> sink) override {
    paused_ = false;
    drains_ = true;
    sink_ = std::move(sink);
    Post([this] { BreakOff(); });
  }
  void AddHeaders(rest::http::Headers) override {}
  void Respond(rest::http::Response response) override { RespondStream(std::move(response), {}); }
  void RespondStream(rest::http::Response head, Producer next) override {
    Post([this, head = std::move(head), next = std::move(next)]() mutable {
      if (answer_) return;
      sink_ = nullptr;
      whole_ = nullptr;
      gone_.clear();
      answer_ = std::move(head);
      answer_bytes_ = answer_->body.size();
      next_ = std::move(next);
      Pump();
    });
  }
  void ContinueStream() override {
    Post([this] { Pump(); });
  }
  void Hurry() override { hurries_ = true; }
  void CloseAfterResponse() override { closes_ = true; }
  void OnClientGone(std::function<void()> gone) override { gone_.push_back(std::move(gone)); }
  void Post(std::function<void()> function) override {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(function));
    changed_.notify_all();
  }

 private:
  void BreakOff() {
    if (!left_ || paused_) return;
    if (const auto sink = std::exchange(sink_, nullptr)) sink->OnBodyEnd(rest::http::ClientGone());
  }
  void Pump() {
    using Then = rest::http::Piece::Then;
    for (Then then = Then::kMore; next_ && then != Then::kWait;) {
      rest::http::Piece piece = next_();
      answer_bytes_ += piece.data.size();
      ++pieces_;
      longest_piece_ = std::max(longest_piece_, piece.data.size());
      if (keeps_answer_) answer_->body += piece.data;
      then = piece.then;
      aborted_ |= then == Then::kAbort;
      if (then == Then::kEnd || then == Then::kAbort) next_ = nullptr;
    }
  }

  rest::http::RequestHead head_;
  std::optional<std::string> whole_body_;
  BodyCallback whole_;
  std::shared_ptr<rest::http::BodySink> sink_;
  std::vector<std::function<void()>> gone_;
  std::optional<rest::http::Response> answer_;
  Producer next_;
  bool paused_ = false, left_ = false;
  bool drains_ = false, hurries_ = false, closes_ = false, aborted_ = false, keeps_answer_ = true;
  std::size_t pieces_ = 0, longest_piece_ = 0, answer_bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> posted_;  // guarded by mutex_
};

}  // namespace test
