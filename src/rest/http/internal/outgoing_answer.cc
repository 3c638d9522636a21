#include "rest/http/internal/outgoing_answer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rest::http {

namespace {

constexpr std::size_t kWorthPacking = 512;
constexpr std::size_t kPieceBytes = 64 << 10;

std::string ValueOf(const RequestHead& request, std::string_view name) {
  const std::string* value = request.headers.Find(name);
  return value == nullptr ? std::string() : *value;
}

// A value that came from a document must not be able to begin a header of its own.
void AppendHeader(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value);
  std::ranges::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; }, ' ');
  out.append("\r\n");
}

void AppendStatusLine(int status, std::string& out) {
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  out.append(ReasonPhrase(status)).append("\r\n");
}

}  // namespace

OutgoingAnswer::OutgoingAnswer(const RequestHead& request, Response response,
                               Exchange::Producer producer, int compression_level)
    : head_only_(request.method == "HEAD"),
      http_1_0_(request.version_minor == 0),
      opaque_id_(ValueOf(request, "x-opaque-id")),
      request_id_(ValueOf(request, "x-request-id")),
      response_(std::move(response)),
      producer_(std::move(producer)) {
  if (producer_) framing_ = http_1_0_ ? Framing::kUntilClose : Framing::kChunked;
  const bool in_one = !producer_ && response_.body.size() <= kPieceBytes;
  if (head_only_ || compression_level == 0 || (in_one && response_.body.size() < kWorthPacking)) {
    return;
  }
  if (!in_one && http_1_0_) return;  // packed while it is sent, so of unknown length
  coding_ = AcceptedCoding(request);
  if (coding_ == Coding::kIdentity) return;
  if (!in_one) framing_ = Framing::kChunked;
  deflater_ = std::make_unique<Deflater>(coding_, compression_level);
  if (framing_ == Framing::kLength) PackWhole();
}

void OutgoingAnswer::PackWhole() {
  std::string packed;
  deflater_->Append(response_.body, Deflater::Flush::kEnd, packed);
  response_.body = std::move(packed);
  deflater_.reset();
}

OutgoingAnswer::Next OutgoingAnswer::Append(Connection after, std::string& out) {
  if (!head_sent_) {
    AppendHead(after, out);
    head_sent_ = true;
    if (head_only_) return Next::kDone;
  }
  const Piece piece = NextPiece();
  if (piece.then == Piece::Then::kAbort) return Next::kAbort;
  taken_ += piece.data.size();
  AppendBody(piece.data, piece.then, out);
  switch (piece.then) {
    case Piece::Then::kMore:
      return Next::kMore;
    case Piece::Then::kWait:
      return Next::kWait;
    default:
      return Next::kDone;
  }
}

Piece OutgoingAnswer::NextPiece() {
  if (producer_ && sent_ == response_.body.size()) return producer_();
  Piece piece{response_.body.substr(sent_, kPieceBytes), Piece::Then::kMore};
  sent_ += piece.data.size();
  if (sent_ == response_.body.size()) {
    if (!producer_) piece.then = Piece::Then::kEnd;
    response_.body = {};
    sent_ = 0;
  }
  return piece;
}

void OutgoingAnswer::AppendHead(Connection after, std::string& out) {
  AppendStatusLine(response_.status, out);
  if (!opaque_id_.empty()) AppendHeader("X-Opaque-Id", opaque_id_, out);
  if (!request_id_.empty()) AppendHeader("X-Request-Id", request_id_, out);
  for (const auto& [name, value] : response_.headers) AppendHeader(name, value, out);
  if (!response_.content_type.empty()) AppendHeader("content-type", response_.content_type, out);
  if (coding_ != Coding::kIdentity) AppendHeader("content-encoding", Name(coding_), out);
  if (framing_ == Framing::kLength) {
    AppendHeader("content-length", std::to_string(response_.body.size()), out);
  } else if (framing_ == Framing::kChunked) {
    AppendHeader("transfer-encoding", "chunked", out);
  }
  if (after == Connection::kClose || must_close()) {
    AppendHeader("connection", "close", out);
  } else if (http_1_0_) {
    AppendHeader("connection", "keep-alive", out);
  }
  out.append("\r\n");
}

void OutgoingAnswer::AppendBody(std::string_view data, Piece::Then then, std::string& out) {
  std::string packed;
  if (deflater_) {
    deflater_->Append(data,
                      then == Piece::Then::kEnd    ? Deflater::Flush::kEnd
                      : then == Piece::Then::kWait ? Deflater::Flush::kSync
                                                   : Deflater::Flush::kNo,
                      packed);
    data = packed;
  }
  if (framing_ != Framing::kChunked) {
    out.append(data);
    return;
  }
  if (!data.empty()) {
    std::array<char, 16> hex;
    const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), data.size(), 16).ptr;
    out.append(hex.data(), end).append("\r\n").append(data).append("\r\n");
  }
  if (then == Piece::Then::kEnd) out.append("0\r\n\r\n");
}

std::string PlainAnswer(const Response& response) {
  RequestHead none;
  OutgoingAnswer answer(none, response, {}, 0);
  std::string out;
  while (answer.Append(OutgoingAnswer::Connection::kClose, out) == OutgoingAnswer::Next::kMore) {
  }
  return out;
}

}  // namespace rest::http
