#include "cli/http_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text/numbers.h"
#include "base/text/strings.h"

namespace cli {

using base::IllegalArgument;
using base::Result;

namespace {

constexpr std::size_t kMaxAnswer = 1ull << 30;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Place {
  std::string host, port;
};

Result<Place> ParseUrl(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://"))
    return IllegalArgument("https is not supported by this command line, use http:// or curl");
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  while (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos) return Place{std::string(url), "9200"};
  return Place{std::string(url.substr(0, colon)), std::string(url.substr(colon + 1))};
}

Result<Socket> Connect(const Place& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found))
    return base::Internal("cannot find [" + place.host + "]: " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, at->ai_socktype, at->ai_protocol));
    if (socket.fd() >= 0 && connect(socket.fd(), at->ai_addr, at->ai_addrlen) == 0) return socket;
  }
  return base::Internal("no node answers on " + place.host + ":" + place.port + " (" +
                        std::strerror(errno) + "); start one with: quell serve");
}

Result<std::string> Exchange(const Socket& socket, std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) return base::Internal(std::string("cannot send: ") + std::strerror(errno));
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char buffer[65536];
  while (answer.size() < kMaxAnswer) {
    const ssize_t got = recv(socket.fd(), buffer, sizeof buffer, 0);
    if (got < 0) return base::Internal(std::string("cannot receive: ") + std::strerror(errno));
    if (got == 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  return base::Internal("the answer is above 1 GB");
}

Result<std::string> Unchunk(std::string_view bytes) {
  std::string body;
  while (true) {
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return base::Internal("the answer was cut off");
    const std::size_t size = std::strtoull(std::string(bytes.substr(0, line)).c_str(), nullptr, 16);
    if (size == 0) return body;
    bytes.remove_prefix(line + 2);
    if (bytes.size() < size + 2) return base::Internal("the answer was cut off");
    body.append(bytes.substr(0, size));
    bytes.remove_prefix(size + 2);
  }
}

}  // namespace

Result<HttpAnswer> Send(const std::string& url, std::string_view method,
                        const std::string& target) {
  ASSIGN_OR_RETURN(const Place place, ParseUrl(url));
  ASSIGN_OR_RETURN(const Socket socket, Connect(place));
  const std::string request = std::string(method) + " " + target +
                              " HTTP/1.1\r\nHost: " + place.host +
                              "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  ASSIGN_OR_RETURN(const std::string answer, Exchange(socket, request));
  const std::size_t head_end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || head_end == std::string::npos)
    return base::Internal("what answers on " + url + " does not speak HTTP/1.1");
  ASSIGN_OR_RETURN(const std::int32_t status, base::ParseInt32(answer.substr(9, 3)));
  const std::string head = base::ToLowerAscii(std::string_view(answer).substr(0, head_end + 2));
  const std::string_view body = std::string_view(answer).substr(head_end + 4);
  if (head.find("transfer-encoding: chunked\r\n") == std::string::npos)
    return HttpAnswer{status, std::string(body)};
  ASSIGN_OR_RETURN(std::string whole, Unchunk(body));
  return HttpAnswer{status, std::move(whole)};
}

std::string WithParameters(std::string path,
                           const std::vector<std::pair<std::string, std::string>>& parameters) {
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    path += separator + base::PercentEncode(name) + "=" + base::PercentEncode(value);
    separator = '&';
  }
  return path;
}

}  // namespace cli
