// rest/http/server.h
//
// Server speaks HTTP/1.1 (and 1.0) on one address. It knows no route and no JSON: requests and
// malformed ones go to a Handler.
//
// Lifetime: Stop() before the handler goes away; an Exchange may outlive the server. Threads: Start
// and Stop from one; stats from any. It has `io_threads` threads of its own, a connection belongs
// to one of them, and `body_threads`. An idle connection costs about 2 KB, buffers grow only while
// bytes flow.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/status.h"
#include "rest/http/exchange.h"

namespace rest::http {

struct ServerOptions {
  int io_threads = 1;
  // Unpack what follows the first bytes of a body, and call its sink.
  int body_threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency() / 2));
  std::uint64_t short_body = 2 << 20;               // bytes, unpacked, that stay on the I/O thread
  std::uint64_t max_content_length = 100ull << 20;  // of a body, unpacked
  std::size_t max_initial_line_length = 4096;
  std::size_t max_header_size = 8192;
  // Beyond these the connection that has been idle longest is closed for a new one; if none is
  // idle, the new one gets 429.
  std::uint64_t max_connections = 1'000'000;
  int compression_level = 3;  // of answers; 0: never
  // Without a byte of a head that has begun or of a body: 408.
  std::chrono::milliseconds read_timeout{60'000};
  // How long Stop() lets requests finish.
  std::chrono::milliseconds stop_grace{5'000};
};

// Both are called on I/O threads and must return at once.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void Handle(ExchangePtr exchange) = 0;
  // The answer to what failed before there was an Exchange, or to one dropped unanswered.
  virtual Response OnBadRequest(const base::Status& why) = 0;
};

struct ServerStats {
  std::uint64_t current_open = 0;
  std::uint64_t total_opened = 0;
  std::uint64_t requests = 0;
};

class Server {
 public:
  explicit Server(Handler& handler, ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens on `address`, a number or a name; port 0 takes any free one. Returns the port.
  base::Result<std::uint16_t> Start(const std::string& address, std::uint16_t port);
  // Accepts no more, closes idle connections, lets requests finish for stop_grace, cuts the rest.
  // Returns when the last I/O thread has ended.
  void Stop();

  ServerStats stats() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace rest::http
