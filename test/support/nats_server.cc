#include "support/nats_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr int kPorts = 5;  // tried, as another process may take one

std::uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port on the loopback");
  }
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

NatsServer::NatsServer(Options options) : options_(std::move(options)) {
  for (int i = 0; i < kPorts; ++i) {
    port_ = FreePort();
    if (TryStart()) return;
  }
  throw std::runtime_error(
      "nats-server does not start (is the Debian package nats-server installed?): " + said_);
}

NatsServer::~NatsServer() { End(SIGKILL); }

void NatsServer::Kill() { End(SIGKILL); }
void NatsServer::Stop() { End(SIGTERM); }

void NatsServer::Start() {
  if (!TryStart()) throw std::runtime_error("nats-server does not start again: " + said_);
}

void NatsServer::Freeze() {
  kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
}

void NatsServer::Thaw() { kill(pid_, SIGCONT); }

bool NatsServer::TryStart() {
  const std::string config = directory_.path() + "/server.conf";
  std::ofstream(config) << "listen: 127.0.0.1:" << port_ << "\n"
                        << (options_.jetstream
                                ? "jetstream { store_dir: \"" + directory_.path() + "\" }\n"
                                : "")
                        << options_.more << "\n";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const char* const named = std::getenv("QUELL_NATS_SERVER");
  const char* const binary = named ? named : "nats-server";
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDERR_FILENO);
    execlp(binary, "nats-server", "-c", config.c_str(), nullptr);
    execl("/usr/sbin/nats-server", "nats-server", "-c", config.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  said_.clear();
  silent_for_good_ = false;
  listening_ = std::thread([this, fd = ends[0]] { Listen(fd); });
  std::unique_lock lock(mutex_);
  const auto is_ready = [this] { return said_.find("Server is ready") != said_.npos; };
  said_more_.wait(lock, [&] { return is_ready() || silent_for_good_; });
  if (is_ready()) return true;
  lock.unlock();
  End(SIGKILL);
  return false;
}

void NatsServer::Listen(int fd) {
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(fd, bytes, sizeof bytes);
    std::lock_guard lock(mutex_);
    if (got > 0) said_.append(bytes, static_cast<std::size_t>(got));
    silent_for_good_ = got <= 0;
    said_more_.notify_all();
    if (silent_for_good_) break;
  }
  close(fd);
}

void NatsServer::End(int signal) {
  if (pid_ == 0) return;
  int status = 0;
  const bool ended_by_itself = waitpid(pid_, &status, WNOHANG) == pid_;
  if (!ended_by_itself) {
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = 0;
  listening_.join();
  if (!ended_by_itself) return;
  std::fprintf(stderr, "nats-server was ended by somebody else (wait status %d):\n%s", status,
               said_.c_str());
}

}  // namespace test
