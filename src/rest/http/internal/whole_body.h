// rest/http/internal/whole_body.h
//
// WholeBody collects a body into one string, whose memory is reserved before it grows.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rest/http/exchange.h"
#include "rest/http/internal/incoming_body.h"

namespace rest::http {

class WholeBody final : public BodySink {
 public:
  // `body` is the one that calls this and gives at most `limit` bytes; `memory` may be null.
  WholeBody(IncomingBody& body, std::uint64_t limit, std::shared_ptr<tasks::Reservation> memory,
            Exchange::BodyCallback done)
      : body_(body), limit_(limit), memory_(std::move(memory)), done_(std::move(done)) {}

  Flow OnBody(std::string_view piece) override;
  void OnBodyEnd(base::Status status) override;

 private:
  IncomingBody& body_;
  const std::uint64_t limit_;
  const std::shared_ptr<tasks::Reservation> memory_;  // null: nobody is asked
  const Exchange::BodyCallback done_;
  std::string text_;
};

}  // namespace rest::http
