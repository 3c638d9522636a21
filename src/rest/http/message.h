// rest/http/message.h
//
// What travels over HTTP: the head of a request as it was sent, and an answer. Plain values.
// Header names keep the sender's spelling; looking one up ignores case.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/http/target.h"

namespace rest::http {

class Headers {
 public:
  using Entry = std::pair<std::string, std::string>;

  void Add(std::string name, std::string value) {
    entries_.emplace_back(std::move(name), std::move(value));
  }
  void Append(const Headers& more) {
    entries_.insert(entries_.end(), more.entries_.begin(), more.entries_.end());
  }
  // The first value of that name; null if there is none.
  const std::string* Find(std::string_view name) const;
  std::vector<std::string_view> FindAll(std::string_view name) const;

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

 private:
  std::vector<Entry> entries_;
};

bool EqualsIgnoringCase(std::string_view a, std::string_view b);

struct RequestHead {
  std::string method;  // as sent: "GET"
  Target target;
  Headers headers;
  int version_minor = 1;       // HTTP/1.0 or HTTP/1.1
  std::string remote_address;  // "127.0.0.1"; an IPv6 address without brackets
  std::uint16_t remote_port = 0;

  // Absent if the body is chunked or there is none.
  std::optional<std::uint64_t> content_length;
  // False if it is known from the head alone that the body is empty.
  bool has_body = false;
};

// The server adds content-length or transfer-encoding, content-encoding, connection, and the
// request's own X-Opaque-Id and X-Request-Id. Headers stand before content-type on the wire.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=UTF-8";
  Headers headers = {};
  std::string body = {};
  std::shared_ptr<void> holds = {};  // let go with the body, sent or not
};

std::string_view ReasonPhrase(int status);

}  // namespace rest::http
