// test/support/tcp_proxy.h
//
// A way between two nodes that a test can make slow, cut, make one-way, or stop reading from: TCP
// connections to port() go on to `target`. Connections are numbered as they come, from 0.
//
// Lifetime: as long as the test likes; its end cuts everything. Threads: any; one of its own.

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace test {

class TcpProxy {
 public:
  enum class Way : std::uint8_t { kThere, kBack };
  static constexpr int kAll = -1;

  explicit TcpProxy(std::uint16_t target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Reads nothing more that goes this way, until it is released: the sender's kernel fills up.
  void Hold(Way way, int connection = kAll);
  void Release(Way way, int connection = kAll);
  // What is read from now on arrives so much later.
  void Delay(std::int64_t millis);
  // Resets the connections there are; with `refuse` also all that come.
  void Cut(bool refuse = false);
  void Accept();
  void CutOne(int connection);
  // Where connections go that come from now on.
  void Retarget(std::uint16_t target);

  // Connections that have come so far; and what has gone through one of them.
  int connections() const;
  std::uint64_t bytes(Way way, int connection) const;

 private:
  struct Pipe {  // one way of one connection
    int from = -1, to = -1;
    std::deque<std::pair<std::int64_t, std::string>> waiting;  // due, bytes
    std::size_t waiting_bytes = 0;
    std::uint64_t passed = 0;
    bool ended = false;
  };
  struct Connection {
    int number = 0;
    Pipe pipe[2];
    bool cut = false;
  };
  struct Polled;

  void Run();
  void Take();
  bool IsHeld(Way way, int number) const;    // needs mutex_
  int Prepare(std::vector<Polled>& polled);  // needs mutex_; its time-out
  static void Read(Pipe& pipe, std::int64_t delay);
  static bool Write(Pipe& pipe, std::int64_t now);  // false: the connection is broken
  void Wake();

  std::atomic<std::uint16_t> target_;
  std::uint16_t port_ = 0;                  // constant
  int listener_ = -1, wake_[2] = {-1, -1};  // constant
  mutable std::mutex mutex_;
  std::list<Connection> connections_;       // guarded by mutex_
  std::set<int> held_[2];                   // guarded by mutex_
  std::int64_t delay_millis_ = 0;           // guarded by mutex_
  bool refuse_ = false, stopped_ = false;   // guarded by mutex_
  std::map<int, std::uint64_t> passed_[2];  // guarded by mutex_; of closed connections
  int next_number_ = 0;                     // guarded by mutex_
  std::thread thread_;                      // last
};

}  // namespace test
