#include "cluster/nats/internal/watcher.h"

#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace cluster::nats::internal {

Watcher::Watcher(Link& link, Options options, std::function<void()> news)
    : options_(std::move(options)), news_(std::move(news)) {
  // Safe: the destructor closes the listener, which waits for its callback.
  auto listener = link.Listen(options_.subject, [this](std::string_view who) {
    if (who != options_.own_name) Set(due_);
  });
  if (listener.ok()) {
    listener_ = std::move(listener).value();
  } else {
    base::log::Warn("cluster", "changes by other nodes are seen later than usual",
                    {{"error", listener.status()}});
  }
  thread_ = std::thread([this] { Run(); });
}

Watcher::~Watcher() {
  listener_.reset();
  Set(stopped_);
  thread_.join();
}

void Watcher::Set(bool& flag) {
  std::lock_guard lock(mutex_);
  flag = true;
  changed_.notify_all();
}

void Watcher::Run() {
  base::IntroduceThread("nats-watch", base::Turns::kShort);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, options_.at_least_every, [this] { return due_ || stopped_; });
    if (stopped_) return;
    due_ = false;
    lock.unlock();
    news_();
    lock.lock();
  }
}

}  // namespace cluster::nats::internal
