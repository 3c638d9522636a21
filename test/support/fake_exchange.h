// test/support/fake_exchange.h
//
// An Exchange without a socket: a test gives the request and looks at the answer. The body is there
// at once and handed over in one piece inside StreamBody(); a streamed answer is collected while it
// has something to give.
//
// Lifetime: shared, as the real one. Threads: one at a time.

#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/http/exchange.h"

namespace test {

class FakeExchange final : public rest::http::Exchange {
 public:
  // Aborts if `target` cannot be decoded.
  FakeExchange(std::string_view method, std::string_view target, std::string body = {},
               std::vector<std::pair<std::string, std::string>> headers = {})
      : body_(std::move(body)) {
    head_.method = method;
    auto parsed = rest::http::ParseTarget(target);
    if (!parsed.ok()) std::abort();
    head_.target = std::move(parsed).value();
    for (auto& [name, value] : headers) head_.headers.Add(std::move(name), std::move(value));
    head_.remote_address = "127.0.0.1";
    head_.has_body = !body_.empty();
    if (head_.has_body) head_.content_length = body_.size();
  }

  const rest::http::RequestHead& head() const override { return head_; }
  void ReadWholeBody(std::uint64_t limit, std::shared_ptr<tasks::Reservation>,
                     BodyCallback done) override {
    if (body_.size() <= limit) return done(std::exchange(body_, {}));
    done(base::Status(413, "content_too_long_exception", "too long"));
  }
  void StreamBody(std::shared_ptr<rest::http::BodySink> sink) override {
    if (!body_.empty()) sink->OnBody(std::exchange(body_, {}));
    sink->OnBodyEnd({});
  }
  void ResumeBody() override {}
  void DrainBody(rest::http::DrainLimits, std::shared_ptr<rest::http::BodySink> sink) override {
    StreamBody(std::move(sink));
  }
  void AddHeaders(rest::http::Headers headers) override { added_.Append(headers); }
  void Respond(rest::http::Response response) override { RespondStream(std::move(response), {}); }
  void RespondStream(rest::http::Response head, Producer next) override {
    if (answer_) return;
    answer_ = std::move(head);
    added_.Append(answer_->headers);
    answer_->headers = added_;
    next_ = std::move(next);
    ContinueStream();
  }
  void ContinueStream() override {
    using Then = rest::http::Piece::Then;
    for (Then then = Then::kMore; next_ && then != Then::kWait;) {
      rest::http::Piece piece = next_();
      answer_->body += piece.data;
      then = piece.then;
      if (then == Then::kEnd || then == Then::kAbort) next_ = nullptr;
    }
  }
  void Hurry() override {}
  void CloseAfterResponse() override { closes_ = true; }
  void OnClientGone(std::function<void()> gone) override { gone_.push_back(std::move(gone)); }
  void Post(std::function<void()> function) override { function(); }

  // The client goes away.
  void Leave() {
    for (const auto& gone : std::exchange(gone_, {})) gone();
  }
  bool answered() const { return answer_.has_value(); }
  bool streaming() const { return next_ != nullptr; }
  bool closes() const { return closes_; }
  // There must be one.
  const rest::http::Response& answer() const { return answer_.value(); }

 private:
  rest::http::RequestHead head_;
  std::string body_;
  rest::http::Headers added_;
  std::optional<rest::http::Response> answer_;
  Producer next_;
  std::vector<std::function<void()>> gone_;
  bool closes_ = false;
};

}  // namespace test
