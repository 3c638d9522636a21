// test/support/served.h
//
// A real rest::http::Server on loopback whose requests a test answers by a function, and Once, for
// what happens on another thread.
//
// Lifetime: one test. Threads: `answer` runs on I/O threads.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <utility>

#include "rest/http/server.h"
#include "support/http_client.h"

namespace test {

// A value that another thread sets once. Waiting ends after ten seconds with a failure.
template <typename T>
class Once {
 public:
  void Set(T value) { promise_.set_value(std::move(value)); }
  T Get() {
    if (future_.wait_for(std::chrono::seconds(10)) == std::future_status::ready) {
      return future_.get();
    }
    ADD_FAILURE() << "nothing came";
    return T();
  }
  bool IsSet() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

 private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

class Served final : public rest::http::Handler {
 public:
  using Answer = std::function<void(rest::http::ExchangePtr)>;

  explicit Served(Answer answer, rest::http::ServerOptions options = {})
      : answer_(std::move(answer)), server_(*this, options) {
    auto port = server_.Start("127.0.0.1", 0);
    EXPECT_TRUE(port.ok()) << port.status().reason();
    port_ = port.ok() ? port.value() : 0;
  }
  ~Served() override { server_.Stop(); }

  void Handle(rest::http::ExchangePtr exchange) override { answer_(std::move(exchange)); }
  rest::http::Response OnBadRequest(const base::Status& why) override {
    return {.status = why.http_status(), .body = why.type() + ": " + why.reason()};
  }

  std::uint16_t port() const { return port_; }
  HttpClient Connect(int receive_buffer = 0) const { return HttpClient(port_, receive_buffer); }
  rest::http::Server& server() { return server_; }

 private:
  const Answer answer_;
  rest::http::Server server_;
  std::uint16_t port_ = 0;
};

}  // namespace test
