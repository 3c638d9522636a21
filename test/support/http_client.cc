#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace test {

namespace {

constexpr int kPatienceMillis = 10'000;

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool Await(int fd, short events) {
  if (fd < 0) return false;
  pollfd wait{fd, events, 0};
  return ::poll(&wait, 1, kPatienceMillis) > 0;
}

}  // namespace

std::string HttpAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) return value;
  }
  return {};
}

std::string RequestText(std::string_view method, std::string_view target, std::string_view body,
                        const HttpClient::Headers& headers) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nhost: localhost\r\n");
  for (const auto& [name, value] : headers) text.append(name + ": " + value + "\r\n");
  if (!body.empty()) text.append("content-length: " + std::to_string(body.size()) + "\r\n");
  return text.append("\r\n").append(body);
}

HttpClient::HttpClient(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Close();
}

HttpClient::~HttpClient() { Close(); }

HttpClient::HttpClient(HttpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

HttpAnswer HttpClient::Call(std::string_view method, std::string_view target, std::string_view body,
                            const Headers& headers) {
  Send(RequestText(method, target, body, headers));
  return ReadAnswer(method == "HEAD");
}

bool HttpClient::Send(std::string_view raw) {
  while (!raw.empty()) {
    if (!Await(fd_, POLLOUT)) return false;
    const ssize_t sent = ::send(fd_, raw.data(), raw.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    raw.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t HttpClient::SendSome(std::string_view raw) {
  const ssize_t sent = ::send(fd_, raw.data(), raw.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

bool HttpClient::Fill() {
  std::array<char, 65536> buffer;
  if (!Await(fd_, POLLIN)) return false;
  const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> HttpClient::ReadLine() {
  std::size_t end = 0;
  while ((end = input_.find("\r\n")) == input_.npos) {
    if (!Fill()) return std::nullopt;
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

std::string HttpClient::ReadExactly(std::size_t size) {
  while (input_.size() < size && Fill()) {
  }
  std::string text = input_.substr(0, size);
  input_.erase(0, text.size());
  return text;
}

HttpAnswer HttpClient::ReadAnswer(bool to_head) {
  HttpAnswer answer;
  do {
    const auto status_line = ReadLine();
    if (!status_line) return answer;
    answer = {};
    answer.status = std::atoi(status_line->c_str() + std::min<std::size_t>(9, status_line->size()));
    for (auto line = ReadLine(); line && !line->empty(); line = ReadLine()) {
      const std::size_t colon = std::min(line->find(": "), line->size());
      answer.headers.emplace_back(line->substr(0, colon),
                                  line->substr(std::min(colon + 2, line->size())));
    }
  } while (answer.status == 100);
  answer.whole = to_head;
  if (!to_head) ReadBody(answer);
  return answer;
}

void HttpClient::ReadBody(HttpAnswer& answer) {
  if (answer.Header("transfer-encoding") == "chunked") return ReadChunks(answer);
  if (const std::string length = answer.Header("content-length"); !length.empty()) {
    const auto size = static_cast<std::size_t>(std::stoull(length));
    answer.body = ReadExactly(size);
    answer.whole = answer.body.size() == size;
    return;
  }
  while (Fill()) {
  }
  answer.body = std::exchange(input_, {});
  answer.whole = true;
}

void HttpClient::ReadChunks(HttpAnswer& answer) {
  for (auto line = ReadLine(); line; line = ReadLine()) {
    const std::size_t size = std::stoull(*line, nullptr, 16);
    const std::string data = ReadExactly(size);
    answer.body += data;
    if (data.size() < size || !ReadLine()) return;
    if (size == 0) return void(answer.whole = true);
  }
}

bool HttpClient::ReadToEnd() {
  while (Fill()) input_.clear();
  pollfd now{fd_, POLLIN, 0};
  return fd_ < 0 || ::poll(&now, 1, 0) > 0;  // readable and nothing came: the end, or a reset
}

void HttpClient::HalfClose() { ::shutdown(fd_, SHUT_WR); }

void HttpClient::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close();
}

void HttpClient::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace test
