// rest/http/internal/io_thread.h
//
// IoThread is one thread with its event loop and what the connections on it share: a read buffer,
// the watch for peers that hang up, the watch for peers that send nothing.
//
// Lifetime: shared by the server and its connections, so that one of those may be destroyed after
// the server. Threads: Post() and IsHere() from any; everything else on the thread itself, but the
// constructor, Start() and Stop().

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "rest/http/internal/asio.h"
#include "rest/http/internal/turn_queue.h"

namespace rest::http {

class IoThread {
 public:
  // Something with a socket on this thread.
  class Member {
   public:
    virtual ~Member() = default;
    // The peer has closed its side, or all (`reset`). Called once for each.
    virtual void OnHangUp(bool reset) = 0;
    // The patience for AwaitBytes() is at its end.
    virtual void OnSilence() = 0;
    // The server has too many connections, and this one has been idle longest.
    virtual void OnCrowded() = 0;
    // See QueueTurn().
    virtual void OnTurn() = 0;
  };
  using MemberId = std::uint64_t;
  using Clock = std::chrono::steady_clock;

  explicit IoThread(std::chrono::milliseconds patience);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void Start();
  // Runs what has been posted and ends. Whatever is posted later is dropped.
  void Stop();

  // Destroys `function` unrun after Stop().
  void Post(std::function<void()> function);
  bool IsHere() const {
    return std::this_thread::get_id() == here_.load(std::memory_order_relaxed);
  }
  asio::io_context& context() { return context_; }

  // From now on `member` hears of its peer, until Leave().
  MemberId Join(std::shared_ptr<Member> member, int socket);
  void Leave(MemberId id, int socket);
  std::vector<std::shared_ptr<Member>> members() const;

  // Calls OnTurn() when those before it have had their turns. Between two turns the thread looks at
  // all its sockets and handles what is ready, so that a request waits for one turn and not for the
  // queue.
  void QueueTurn(std::shared_ptr<Member> member, Haste haste);

  // Starts, or starts anew, the patience with `id`; StopAwaiting() ends it.
  void AwaitBytes(MemberId id);
  void StopAwaiting(MemberId id);

  // Says whether `id` is between two requests; a member that becomes idle again goes to the back.
  void SetIdle(MemberId id, bool idle);
  // Calls OnCrowded() of the member that has been idle longest. False if none is idle.
  bool CloseOldestIdle();
  // Whether one is just now; from any thread.
  bool has_idle() const { return idle_count_.load(std::memory_order_relaxed) > 0; }

  static constexpr std::size_t kReadBytes = 64 << 10;
  char* read_buffer() { return read_buffer_.get(); }

 private:
  struct Awaited {
    MemberId id;
    Clock::time_point until;
  };
  struct Entry {
    std::shared_ptr<Member> member;
    std::list<Awaited>::iterator awaited;  // awaited_.end(): none
    std::list<MemberId>::iterator idle;    // idle_.end(): it is busy
  };

  bool RunUntilStopped();
  std::shared_ptr<Member> Find(MemberId id) const;
  void WatchHangUps();
  void ReadHangUps();
  void WatchSilence();
  void RunTurn();

  const std::chrono::milliseconds patience_;
  const std::unique_ptr<char[]> read_buffer_;
  std::atomic<std::thread::id> here_;

  std::mutex mutex_;
  bool closed_ = false;  // guarded by mutex_

  asio::io_context context_{1};
  asio::posix::stream_descriptor hang_ups_;  // an epoll of its own, for EPOLLRDHUP
  asio::steady_timer silence_;
  std::unordered_map<MemberId, Entry> members_;
  std::list<Awaited> awaited_;  // by time: the patience is the same for all
  std::list<MemberId> idle_;    // the one that has been idle longest comes first
  std::atomic<std::size_t> idle_count_ = 0;
  bool silence_armed_ = false;
  MemberId last_id_ = 0;
  TurnQueue<Member> turns_;  // while there are any, RunTurn() is posted
  std::thread thread_;
};

}  // namespace rest::http
