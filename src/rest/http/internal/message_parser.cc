#include "rest/http/internal/message_parser.h"

// Beast 1.81 asserts that a last chunk seen again has five bytes; "0\r\n" and the first byte of
// what follows are four.
#define BOOST_DISABLE_ASSERTS

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <string>

namespace rest::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

// Chunk sizes with their extensions, and trailers, must fit into this.
constexpr std::size_t kMaxChunkHead = 8192;

base::Status LineTooLong(std::size_t limit) {
  return {400, "too_long_http_line_exception",
          "An HTTP line is larger than " + std::to_string(limit) + " bytes."};
}

base::Status HeaderTooLong(std::size_t limit) {
  return {400, "too_long_http_header_exception",
          "HTTP header is larger than " + std::to_string(limit) + " bytes."};
}

bool IsTokenChar(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\r')); }

std::string_view Std(string_view text) { return {text.data(), text.size()}; }

base::Status Explain(error_code error, std::string_view text) {
  if (error == beast::error::bad_version) {
    const std::string_view line = FirstLine(text);
    return base::IllegalArgument("invalid version format: " +
                                 std::string(line.substr(line.rfind(' ') + 1)));
  }
  return base::IllegalArgument("invalid HTTP request: " + error.message());
}

}  // namespace

class MessageParser::Impl final : public beast::basic_parser<true> {
 public:
  Impl() {
    body_limit(boost::none);
    header_limit(std::numeric_limits<std::uint32_t>::max());  // FindHead() has looked at it
  }

  RequestHead* head = nullptr;  // until the head is done
  base::Status bad_target;
  const Take* take = nullptr;  // while ParseBody() runs
  bool short_take = false;
  std::size_t framing_bytes = 0;  // of the chunk head being gathered

 private:
  void on_request_impl(beast::verb, string_view method, string_view target, int version,
                       error_code&) override {
    head->method = Std(method);
    head->version_minor = version % 10;
    auto parsed = ParseTarget(Std(target));
    if (parsed.ok()) {
      head->target = std::move(parsed).value();
    } else {
      bad_target = parsed.status();
      head->target.raw = Std(target);
    }
  }

  void on_field_impl(beast::field field, string_view name, string_view value,
                     error_code& error) override {
    if (head == nullptr) return;  // a trailer
    head->headers.Add(std::string(Std(name)), std::string(Std(value)));
    // Beast takes an unknown coding for no body at all, and the body for the next request.
    if (field == beast::field::transfer_encoding && !chunked()) {
      error = beast::error::bad_transfer_encoding;
    }
  }

  void on_header_impl(error_code&) override {
    if (const auto length = content_length()) head->content_length = *length;
    head->has_body = chunked() || head->content_length.value_or(0) > 0;
    head = nullptr;
  }

  std::size_t on_body_impl(string_view body, error_code&) override { return Offer(body); }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return Offer(body);
  }

  std::size_t Offer(string_view body) {
    const std::size_t taken = (*take)(Std(body));
    short_take = taken < body.size();
    return taken;
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}
};

MessageParser::MessageParser() : impl_(std::make_unique<Impl>()) {}
MessageParser::~MessageParser() = default;
MessageParser::MessageParser(MessageParser&&) noexcept = default;
MessageParser& MessageParser::operator=(MessageParser&&) noexcept = default;

base::Result<std::size_t> MessageParser::FindHead(std::string_view input,
                                                  const HeadLimits& limits) {
  const std::size_t start = std::min(input.find_first_not_of("\r\n"), input.size());
  const std::string_view text = input.substr(start);
  if (text.empty()) return std::size_t{0};
  if (!IsTokenChar(text.front())) {
    return base::IllegalArgument("this is not an HTTP request");
  }
  const std::size_t line = std::min(text.find('\n'), text.size());
  if (line > limits.line + 1) return LineTooLong(limits.line);
  if (line < text.size() && text[line - 1] != '\r') {
    return base::IllegalArgument("invalid HTTP request: a line must end with CR LF");
  }
  const std::size_t end = text.find("\r\n\r\n", line == text.size() ? line : line - 1);
  if (std::min(end, text.size()) > line + limits.headers + 1) {
    return HeaderTooLong(limits.headers);
  }
  return end == text.npos ? 0 : start + end + 4;
}

base::Status MessageParser::ParseHead(std::string_view text, RequestHead& head) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  impl_->head = &head;
  error_code error;
  const std::size_t used = impl_->put({text.data(), text.size()}, error);
  impl_->head = nullptr;
  if (error) return Explain(error, text);
  if (used != text.size()) return base::IllegalArgument("invalid HTTP request: bad line ending");
  return {};
}

const base::Status& MessageParser::bad_target() const { return impl_->bad_target; }
bool MessageParser::keep_alive() const { return impl_->keep_alive(); }
bool MessageParser::done() const { return impl_->is_done(); }

base::Result<std::size_t> MessageParser::ParseBody(std::string_view input, const Take& take) {
  std::size_t used = 0;
  impl_->take = &take;
  impl_->short_take = false;
  while (!impl_->is_done() && !impl_->short_take && used < input.size()) {
    const std::string_view rest = input.substr(used);
    error_code error;
    used += impl_->put({rest.data(), rest.size()}, error);
    if (error == beast::error::need_more) {
      if (rest.size() > kMaxChunkHead) return HeaderTooLong(kMaxChunkHead);
      break;
    }
    if (error) return Explain(error, {});
  }
  return used;
}

}  // namespace rest::http
