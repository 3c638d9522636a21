#include "cluster/nats/internal/server_info.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/json/tree.h"

namespace cluster::nats::internal {
namespace {

constexpr std::size_t kLongestInfo = 64 << 10;
using Clock = std::chrono::steady_clock;

base::Status Failed(std::string reason) {
  return base::Status(503, "cluster_manager_not_discovered_exception", std::move(reason));
}

struct Socket {
  int fd = -1;
  ~Socket() {
    if (fd >= 0) close(fd);
  }
};

bool WaitFor(int fd, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd polled{.fd = fd, .events = events, .revents = 0};
  return left.count() > 0 && poll(&polled, 1, static_cast<int>(left.count())) == 1;
}

base::Status ConnectTo(const addrinfo& where, Clock::time_point deadline, Socket& socket) {
  socket.fd = ::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.fd < 0) return Failed(std::string("cannot be asked: ") + std::strerror(errno));
  int error = connect(socket.fd, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    if (!WaitFor(socket.fd, POLLOUT, deadline)) return Failed("does not answer: no connection");
    socklen_t size = sizeof error;
    getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  return error == 0 ? base::Status()
                    : Failed(std::string("does not answer: ") + std::strerror(error));
}

base::Result<std::string> ReadLine(int fd, Clock::time_point deadline) {
  std::string line;
  while (line.size() < kLongestInfo && line.find('\n') == line.npos) {
    if (!WaitFor(fd, POLLIN, deadline)) return Failed("does not answer: it takes connections only");
    char bytes[4096];
    const ssize_t got = read(fd, bytes, sizeof bytes);
    if (got <= 0) return Failed("does not answer: it closes the connection");
    line.append(bytes, static_cast<std::size_t>(got));
  }
  return line.substr(0, line.find('\n'));
}

}  // namespace

base::Result<ServerInfo> AskServerInfo(const Address& address, std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int error = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found)) {
    return Failed(std::string("is not found: ") + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  base::Status failure;
  for (const addrinfo* where = found; where; where = where->ai_next) {
    Socket socket;
    if (base::Status status = ConnectTo(*where, deadline, socket); !status.ok()) {
      failure.Update(std::move(status));
      continue;
    }
    ASSIGN_OR_RETURN(const std::string line, ReadLine(socket.fd, deadline));
    if (!line.starts_with("INFO ")) return Failed("does not answer: what is there is no NATS");
    const auto info = base::json::Document::Parse(line.substr(5));
    const base::json::Value* const version = info.ok() ? info->root().Find("version") : nullptr;
    if (!version) return Failed("does not answer: what is there is no NATS");
    return ServerInfo{.version = std::string(version->text())};
  }
  return failure;
}

std::array<int, 3> ParseVersion(std::string_view version) {
  std::array<int, 3> numbers{};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& number : numbers) {
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return {};
    at = next == end ? next : next + 1;
  }
  return numbers;
}

}  // namespace cluster::nats::internal
