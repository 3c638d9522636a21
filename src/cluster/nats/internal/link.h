// cluster/nats/internal/link.h
//
// Requests over one connection to NATS that end by their deadline whatever the server does. The
// library holds its lock while it connects anew, so callers never touch it: one thread sends, and
// who asks waits on a lock of ours. A request that nobody waits for any more is not sent.
//
// Lifetime: a Connection's. Listeners end before it. Threads: any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tasks/task_context.h"

namespace cluster::nats {
struct ConnectionOptions;
}

namespace cluster::nats::internal {

struct Library;       // the C library's handles, link.cc
struct Subscription;  // likewise

using Deadline = std::chrono::steady_clock::time_point;

struct Message {
  std::string subject;
  std::string data;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::uint64_t only_over = 0;  // Link::connections(); 0: over whichever there is
};

struct Answer {
  enum class Fate : std::uint8_t {
    kNotSent,  // and will not be
    kUnknown,  // sent, perhaps
    kNobody,   // the server knows nobody who would take it
    kAnswered,
  };
  Fate fate = Fate::kNotSent;
  std::string data = {};
};

class Link {
 public:
  static base::Result<std::unique_ptr<Link>> Open(const ConnectionOptions& options);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // One answer a message, in their order. Waits until all are there, the connection is lost or the
  // deadline has passed; not at all without a connection.
  std::vector<Answer> RequestAll(std::vector<Message> messages, Deadline deadline);
  Answer Request(Message message, Deadline deadline);
  // Never waits; nobody learns whether it arrived.
  void Publish(Message message);

  bool connected() const;
  // How many there have been. Over one of them, the server has the same data.
  std::uint64_t connections() const;
  // False if there is none by then.
  bool WaitUntilConnected(Deadline deadline);
  // Of the server, in bytes.
  std::size_t max_payload() const;
  // 503: what a caller is told while no server answers.
  base::Status Unreachable(std::string_view why) const;

  class Listener {
   public:
    ~Listener();  // waits for a call under way
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    friend class Link;
    Listener(Link& link, std::function<void(std::string_view)> heard);

    Link& link_;                                         // constant
    const std::function<void(std::string_view)> heard_;  // constant
    std::unique_ptr<Subscription> subscription_;         // constant
  };
  // `heard` is called with each message of the subject, and with "" after each reconnect; on a
  // thread of the library's, so it must not wait.
  base::Result<std::unique_ptr<Listener>> Listen(const std::string& subject,
                                                 std::function<void(std::string_view)> heard);

 private:
  friend struct Library;  // its callbacks
  struct Batch;
  struct Call {
    Batch* batch;
    std::size_t index;
  };

  explicit Link(const ConnectionOptions& options);

  static void Await(std::unique_lock<std::mutex>& lock, Batch& batch, Deadline deadline,
                    tasks::Uninterruptible why);
  void Send();
  void OnReply(std::string_view subject, Answer answer);
  void OnDisconnected();
  void OnReconnected(std::size_t max_payload);
  void OnClosed();
  void Finish(std::uint64_t token, Answer answer);  // needs mutex_

  const std::string shown_urls_;  // constant
  std::string inbox_;             // constant
  mutable std::mutex mutex_;
  std::condition_variable to_send_, came_back_;
  bool connected_ = true, stopped_ = false;               // guarded by mutex_
  std::uint64_t connections_ = 1;                         // guarded by mutex_
  std::size_t max_payload_ = 0;                           // guarded by mutex_
  std::uint64_t last_token_ = 0;                          // guarded by mutex_
  std::map<std::uint64_t, Call> waiting_;                 // guarded by mutex_
  std::deque<std::pair<std::uint64_t, Message>> outbox_;  // guarded by mutex_; 0: no answer
  std::mutex listeners_mutex_;                            // held while they are called
  std::vector<Listener*> listeners_;                      // guarded by listeners_mutex_
  std::unique_ptr<Library> library_;                      // constant
  std::thread sender_;                                    // last: uses everything above
};

}  // namespace cluster::nats::internal
