// test/support/http_client.h
//
// A blocking HTTP client on a raw socket, which can also do what no decent client does: send
// rubbish, half-close, reset, stop reading. Whatever does not come within ten seconds fails the
// test instead of hanging it: reading then ends as if the server had closed.
//
// Lifetime: one connection. Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

struct HttpAnswer {
  int status = 0;                                            // 0: the connection ended before
  std::vector<std::pair<std::string, std::string>> headers;  // names as they came
  std::string body;                                          // without chunk framing
  bool whole = false;  // false: the connection ended inside the body

  // Ignores case; empty if there is none.
  std::string Header(std::string_view name) const;
};

class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // Connects to 127.0.0.1. A small receive buffer makes a slow reader felt sooner.
  explicit HttpClient(std::uint16_t port, int receive_buffer = 0);
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;

  // Sends a request with host and content-length, and reads the answer.
  HttpAnswer Call(std::string_view method, std::string_view target, std::string_view body = {},
                  const Headers& headers = {});

  // False if the server has closed.
  bool Send(std::string_view raw);
  // Sends what fits without waiting; returns how much.
  std::size_t SendSome(std::string_view raw);
  // Skips 100 Continue. `to_head`: the answer to HEAD, which has no body.
  HttpAnswer ReadAnswer(bool to_head = false);
  // Nothing if the connection ended before.
  std::optional<std::string> ReadLine();
  std::string ReadExactly(std::size_t size);
  // Whether the server closes, ignoring what it still sends.
  bool ReadToEnd();

  void HalfClose();
  // Closes so that the server sees a reset.
  void Reset();
  void Close();
  int fd() const { return fd_; }

 private:
  bool Fill();
  void ReadBody(HttpAnswer& answer);
  void ReadChunks(HttpAnswer& answer);

  int fd_ = -1;
  std::string input_;
};

// What HttpClient::Call() sends.
std::string RequestText(std::string_view method, std::string_view target,
                        std::string_view body = {}, const HttpClient::Headers& headers = {});

}  // namespace test
