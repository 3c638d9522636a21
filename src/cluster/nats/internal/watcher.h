// cluster/nats/internal/watcher.h
//
// Calls `news` on a thread of its own: after a nudge of another node, after a reconnect, and
// whenever a while has passed without either, since a nudge may get lost.
//
// Lifetime: its end waits for a call under way, so it must not be ended by `news` itself.
// Threads: any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cluster/nats/internal/link.h"

namespace cluster::nats::internal {

class Watcher {
 public:
  struct Options {
    std::string subject;
    std::string own_name;  // whose nudges are no news; not empty
    std::chrono::milliseconds at_least_every{1000};
  };

  Watcher(Link& link, Options options, std::function<void()> news);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void Run();
  void Set(bool& flag);

  const Options options_;             // constant
  const std::function<void()> news_;  // constant
  std::mutex mutex_;
  std::condition_variable changed_;
  bool due_ = false, stopped_ = false;        // guarded by mutex_
  std::unique_ptr<Link::Listener> listener_;  // constant; ends first
  std::thread thread_;                        // last
};

}  // namespace cluster::nats::internal
