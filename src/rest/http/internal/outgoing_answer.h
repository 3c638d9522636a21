// rest/http/internal/outgoing_answer.h
//
// OutgoingAnswer turns a Response, or a head and a producer, into the bytes to send, one piece at a
// time: framing (content-length, chunked, until close), packing, HEAD. It writes to no socket.
//
// Lifetime: one answer. Threads: the connection's I/O thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "rest/http/exchange.h"
#include "rest/http/internal/codec.h"

namespace rest::http {

class OutgoingAnswer {
 public:
  enum class Next : std::uint8_t { kMore, kWait, kDone, kAbort };
  enum class Connection : std::uint8_t { kKeep, kClose };

  // Without a producer the whole body is in `response`.
  OutgoingAnswer(const RequestHead& request, Response response, Exchange::Producer producer,
                 int compression_level);

  // Appends what is to be sent next, at most about 64 KB. The first call writes the head and fixes
  // what happens to the connection.
  Next Append(Connection after, std::string& out);
  // Bytes of the body so far, before packing.
  std::uint64_t taken() const { return taken_; }
  // An answer without a length of its own ends with the connection.
  bool must_close() const { return framing_ == Framing::kUntilClose; }

 private:
  enum class Framing : std::uint8_t { kLength, kChunked, kUntilClose };

  void PackWhole();
  void AppendHead(Connection after, std::string& out);
  // Framed, and packed if so agreed.
  void AppendBody(std::string_view data, Piece::Then then, std::string& out);
  Piece NextPiece();

  const bool head_only_;
  const bool http_1_0_;
  const std::string opaque_id_;
  const std::string request_id_;
  Response response_;
  Exchange::Producer producer_;
  Coding coding_ = Coding::kIdentity;
  Framing framing_ = Framing::kLength;
  std::unique_ptr<Deflater> deflater_;
  bool head_sent_ = false;
  std::size_t sent_ = 0;  // of response_.body
  std::uint64_t taken_ = 0;
};

// For what is answered before there was a request.
std::string PlainAnswer(const Response& response);

}  // namespace rest::http
