// server/internal/gate.h
//
// Gate stands before the router while a node starts: until the node has joined its cluster, which
// may take as long as the metadata are out of reach, requests are answered with 503 rather than by
// a refused connection. What needs nothing but the node itself (`/`, the lists of tasks, cancels)
// works as soon as the node can say who it is.
//
// Lifetime: as long as the server. Threads: any.

#pragma once

#include <atomic>

#include "rest/http/server.h"

namespace server {

class Gate final : public rest::http::Handler {
 public:
  explicit Gate(rest::http::Handler& behind) : behind_(behind) {}

  void OpenEarly() { open_for_.store(OpenFor::kEarly, std::memory_order_release); }
  void Open() { open_for_.store(OpenFor::kAll, std::memory_order_release); }

  void Handle(rest::http::ExchangePtr exchange) override;
  rest::http::Response OnBadRequest(const base::Status& why) override {
    return behind_.OnBadRequest(why);
  }

 private:
  enum class OpenFor : std::uint8_t { kNone, kEarly, kAll };

  rest::http::Handler& behind_;
  std::atomic<OpenFor> open_for_ = OpenFor::kNone;
};

}  // namespace server
