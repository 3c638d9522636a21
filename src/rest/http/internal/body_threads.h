// rest/http/internal/body_threads.h
//
// BodyThreads work on long bodies: they unpack them and call their sinks, so that the I/O threads
// need not. Each member gets one turn per Submit(), in the order of a TurnQueue.
//
// Lifetime: shared by a server and its connections. Threads: Submit() and TakeBack() from any;
// Start() and Stop() from one.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "rest/http/internal/turn_queue.h"

namespace rest::http {

class BodyThreads {
 public:
  class Member {
   public:
    virtual ~Member() = default;
    // Called on a body thread.
    virtual void OnBodyTurn() = 0;
  };

  BodyThreads() = default;
  ~BodyThreads() { Stop(); }
  BodyThreads(const BodyThreads&) = delete;
  BodyThreads& operator=(const BodyThreads&) = delete;

  void Start(int threads);
  // Returns when the turns in progress have ended. Those that are queued are not run; their members
  // can still take them back.
  void Stop();

  Ticket Submit(std::shared_ptr<Member> member, Haste haste);
  // False: the turn has begun.
  bool TakeBack(Ticket ticket);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  TurnQueue<Member> queue_;            // guarded by mutex_
  bool stopped_ = false;               // guarded by mutex_
  std::vector<std::jthread> threads_;  // last
};

}  // namespace rest::http
