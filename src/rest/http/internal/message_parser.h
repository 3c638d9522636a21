// rest/http/internal/message_parser.h
//
// MessageParser reads one request, head and body, from bytes that come in any cut. The only place
// that knows Beast.
//
// Lifetime: one request. Threads: one at a time.

#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "rest/http/message.h"

namespace rest::http {

struct HeadLimits {
  std::size_t line = 4096;
  std::size_t headers = 8192;
};

class MessageParser {
 public:
  MessageParser();
  ~MessageParser();
  MessageParser(MessageParser&&) noexcept;
  MessageParser& operator=(MessageParser&&) noexcept;

  // The length of the head that `input` starts with, empty lines before it included; 0 if it is not
  // whole yet. 400 if it never can be one of ours.
  static base::Result<std::size_t> FindHead(std::string_view input, const HeadLimits& limits);

  // `text` is a whole head. Fills everything but the remote address. 400 for what is malformed; a
  // target that cannot be decoded ends up in bad_target(), so that the answer can be an ordinary
  // one.
  base::Status ParseHead(std::string_view text, RequestHead& head);
  const base::Status& bad_target() const;
  bool keep_alive() const;

  // Hands pieces of the body to `take`, which says how much of each it took, and returns how much
  // of `input` has been used. Stops when `take` takes less than it was offered, or when more input
  // is needed to go on.
  using Take = std::function<std::size_t(std::string_view raw)>;
  base::Result<std::size_t> ParseBody(std::string_view input, const Take& take);
  bool done() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rest::http
