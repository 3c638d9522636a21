#include "support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace test {

namespace {

constexpr std::size_t kMostWaiting = 256 << 10;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Small, so that a way that is held fills up soon.
void Prepare(int fd) {
  const int size = 32 << 10, on = 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Reset(int fd) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(fd);
}

std::int64_t NowMillis() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

struct TcpProxy::Polled {
  Connection* connection;
  int way;
  bool writes;
};

TcpProxy::TcpProxy(std::uint16_t target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  test::Prepare(listener_);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0 || pipe(wake_) != 0)
    std::abort();
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TcpProxy::~TcpProxy() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  Wake();
  thread_.join();
  for (Connection& connection : connections_) {
    Reset(connection.pipe[0].from);
    Reset(connection.pipe[0].to);
  }
  for (const int fd : {listener_, wake_[0], wake_[1]}) close(fd);
}

void TcpProxy::Wake() {
  const char byte = 0;
  if (write(wake_[1], &byte, 1) != 1) std::abort();
}

void TcpProxy::Hold(Way way, int connection) {
  std::lock_guard lock(mutex_);
  held_[static_cast<int>(way)].insert(connection);
  Wake();
}

void TcpProxy::Release(Way way, int connection) {
  std::lock_guard lock(mutex_);
  held_[static_cast<int>(way)].erase(connection);
  Wake();
}

void TcpProxy::Delay(std::int64_t millis) {
  std::lock_guard lock(mutex_);
  delay_millis_ = millis;
  Wake();
}

void TcpProxy::Cut(bool refuse) {
  std::lock_guard lock(mutex_);
  refuse_ = refuse;
  for (Connection& connection : connections_) connection.cut = true;
  Wake();
}

void TcpProxy::Accept() {
  std::lock_guard lock(mutex_);
  refuse_ = false;
}

void TcpProxy::CutOne(int number) {
  std::lock_guard lock(mutex_);
  for (Connection& connection : connections_) {
    if (connection.number == number) connection.cut = true;
  }
  Wake();
}

void TcpProxy::Retarget(std::uint16_t target) { target_ = target; }

int TcpProxy::connections() const {
  std::lock_guard lock(mutex_);
  return next_number_;
}

std::uint64_t TcpProxy::bytes(Way way, int number) const {
  std::lock_guard lock(mutex_);
  for (const Connection& connection : connections_) {
    if (connection.number == number) return connection.pipe[static_cast<int>(way)].passed;
  }
  const auto found = passed_[static_cast<int>(way)].find(number);
  return found == passed_[static_cast<int>(way)].end() ? 0 : found->second;
}

bool TcpProxy::IsHeld(Way way, int number) const {
  const std::set<int>& held = held_[static_cast<int>(way)];
  return held.contains(kAll) || held.contains(number);
}

void TcpProxy::Take() {
  const int in = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (in < 0) return;
  std::lock_guard lock(mutex_);
  if (refuse_) return Reset(in);
  const int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  test::Prepare(out);
  const sockaddr_in address = Loopback(target_);
  if (connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(out);
    return Reset(in);
  }
  Connection& connection = connections_.emplace_back();
  connection.number = next_number_++;
  connection.pipe[0].from = connection.pipe[1].to = in;
  connection.pipe[0].to = connection.pipe[1].from = out;
}

void TcpProxy::Read(Pipe& pipe, std::int64_t delay) {
  std::string bytes(16 << 10, '\0');
  const ssize_t got = recv(pipe.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    pipe.ended = true;
    return;
  }
  bytes.resize(static_cast<std::size_t>(got));
  pipe.waiting_bytes += bytes.size();
  pipe.waiting.emplace_back(NowMillis() + delay, std::move(bytes));
}

bool TcpProxy::Write(Pipe& pipe, std::int64_t now) {
  while (!pipe.waiting.empty() && pipe.waiting.front().first <= now) {
    std::string& bytes = pipe.waiting.front().second;
    const ssize_t sent = send(pipe.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    pipe.passed += static_cast<std::uint64_t>(sent);
    pipe.waiting_bytes -= static_cast<std::size_t>(sent);
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (!bytes.empty()) return true;
    pipe.waiting.pop_front();
  }
  return true;
}

int TcpProxy::Prepare(std::vector<Polled>& polled) {
  std::int64_t wait = 1000;
  const std::int64_t now = NowMillis();
  for (Connection& connection : connections_) {
    for (const int way : {0, 1}) {
      Pipe& pipe = connection.pipe[way];
      if (!pipe.ended && pipe.waiting_bytes < kMostWaiting &&
          !IsHeld(static_cast<Way>(way), connection.number))
        polled.push_back({&connection, way, false});
      if (pipe.waiting.empty()) continue;
      const std::int64_t due = pipe.waiting.front().first;
      if (due <= now) {
        polled.push_back({&connection, way, true});
      } else {
        wait = std::min(wait, due - now);
      }
    }
  }
  return static_cast<int>(wait);
}

void TcpProxy::Run() {
  for (;;) {
    std::vector<Polled> polled;
    int wait = 0;
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      connections_.remove_if([this](Connection& c) {
        const bool over = c.cut || c.pipe[0].ended || c.pipe[1].ended;
        if (!over) return false;
        for (const int way : {0, 1}) passed_[way][c.number] = c.pipe[way].passed;
        Reset(c.pipe[0].from);
        Reset(c.pipe[0].to);
        return true;
      });
      wait = Prepare(polled);
    }
    std::vector<pollfd> fds{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    for (const Polled& one : polled) {
      const Pipe& pipe = one.connection->pipe[one.way];
      const short events = one.writes ? POLLOUT : POLLIN;
      fds.push_back({one.writes ? pipe.to : pipe.from, events, 0});
    }
    poll(fds.data(), fds.size(), wait);
    char bytes[64];
    if (fds[1].revents != 0 && read(wake_[0], bytes, sizeof bytes) < 0) std::abort();
    if (fds[0].revents != 0) Take();
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (fds[i + 2].revents == 0) continue;
      Connection& connection = *polled[i].connection;
      Pipe& pipe = connection.pipe[polled[i].way];
      if (!polled[i].writes) {
        const bool held = IsHeld(static_cast<Way>(polled[i].way), connection.number);
        if (!held) Read(pipe, delay_millis_);  // it may be so only since we polled
      } else if (!Write(pipe, NowMillis())) {
        connection.cut = true;
      }
    }
  }
}

}  // namespace test
