// test/support/nats_server.h
//
// A real nats-server with JetStream on a free port of the loopback, its store in a directory of
// its own. Lifetime: as long as the test likes; it dies with the process that made it, which must
// not end the making thread earlier. Throws if it does not start, for instance as the Debian
// package nats-server is missing; QUELL_NATS_SERVER names another binary.
//
// Threads: one; reads what the server says on one of its own.

#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "support/temp_dir.h"

namespace test {

class NatsServer {
 public:
  struct Options {
    bool jetstream = true;
    std::string more;  // of its configuration
  };

  NatsServer() : NatsServer(Options()) {}
  explicit NatsServer(Options options);
  ~NatsServer();  // kills it
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

  // Where it keeps its data; to be changed while it is down.
  const std::string& directory() const { return directory_.path(); }

  void Freeze();  // stopped when this returns; its connections stay
  void Thaw();
  void Kill();  // SIGKILL; what it has not written is the page cache's
  void Stop();  // SIGTERM, and waits
  // On the same port and the same store; it is ready when this returns.
  void Start();
  void Restart() {
    Kill();
    Start();
  }

 private:
  bool TryStart();  // false: it ended before it was ready
  void End(int signal);
  void Listen(int fd);

  const Options options_;
  const TempDir directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
  std::mutex mutex_;
  std::condition_variable said_more_;
  std::string said_;             // guarded by mutex_
  bool silent_for_good_ = true;  // guarded by mutex_
  std::thread listening_;
};

}  // namespace test
