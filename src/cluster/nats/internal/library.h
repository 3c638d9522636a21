// cluster/nats/internal/library.h
//
// The C library's handles, held so that none of its threads calls back after their end: a
// connection is over when its closed callback has come, a subscription when its last message has
// been handled. The library itself is closed with the last connection of the process.
//
// Threads: as link.h, which alone uses it. Whatever is called here may wait for the library's
// lock, which it holds while it connects anew: up to a second.

#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "cluster/nats/internal/link.h"

namespace cluster::nats::internal {

// Becomes true once, on a thread of the library's.
class Ended {
 public:
  void Set();
  void Wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
};

struct Subscription {
  static base::Result<std::unique_ptr<Subscription>> Open(Library& library,
                                                          const std::string& subject,
                                                          std::function<void(natsMsg*)> handle);
  ~Subscription();

  natsSubscription* handle = nullptr;
  std::function<void(natsMsg*)> on_message;
  Ended ended;
};

struct Library {
  static base::Result<std::unique_ptr<Library>> Connect(Link& link,
                                                        const ConnectionOptions& options);
  ~Library();

  // False: it may or may not have been sent.
  bool Publish(const Message& message, const std::string& reply_to);
  std::size_t MaxPayload() const;

  // The C library's callbacks; `link` is the closure.
  static void OnDisconnected(natsConnection* connection, void* link);
  static void OnReconnected(natsConnection* connection, void* link);
  static void OnClosed(natsConnection* connection, void* library);

  Link* link = nullptr;
  natsConnection* connection = nullptr;
  std::unique_ptr<Subscription> inbox;
  Ended closed;
};

}  // namespace cluster::nats::internal
