// rest/http/internal/whole_body.h
//
// WholeBody collects a body into one string, within what all such bodies together may hold.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "rest/http/exchange.h"
#include "rest/http/internal/incoming_body.h"

namespace rest::http {

// What whole bodies hold, over all connections. Threads: any.
struct BodyBudget {
  explicit BodyBudget(std::uint64_t bytes) : limit(bytes) {}
  const std::uint64_t limit;
  std::atomic<std::uint64_t> used = 0;
};

// One request's part of it, until the request is answered. Threads: one at a time.
class BodyCharge {
 public:
  explicit BodyCharge(BodyBudget& budget) : budget_(budget) {}
  ~BodyCharge() { budget_.used -= charged_; }
  BodyCharge(const BodyCharge&) = delete;
  BodyCharge& operator=(const BodyCharge&) = delete;

  // 429 if it does not fit.
  base::Status Add(std::uint64_t bytes);

 private:
  BodyBudget& budget_;
  std::uint64_t charged_ = 0;
};

class WholeBody final : public BodySink {
 public:
  // `body` is the one that calls this; `charge` outlives it.
  WholeBody(IncomingBody& body, BodyCharge& charge, Exchange::BodyCallback done)
      : body_(body), charge_(charge), done_(std::move(done)) {}

  Flow OnBody(std::string_view piece) override;
  void OnBodyEnd(base::Status status) override;

 private:
  IncomingBody& body_;
  BodyCharge& charge_;
  const Exchange::BodyCallback done_;
  std::string text_;
};

}  // namespace rest::http
