#include "engine/shard/inject.h"

#include <array>
#include <mutex>

namespace engine::inject {

namespace {

constexpr std::size_t kPoints = 3;

std::mutex mutex;
std::array<std::shared_ptr<const Handler>, kPoints> handlers;  // guarded by mutex

void Set(Point point, std::shared_ptr<const Handler> handler) {
  std::lock_guard lock(mutex);
  handlers[static_cast<std::size_t>(point)] = std::move(handler);
  bool any = false;
  for (const auto& one : handlers) any = any || one != nullptr;
  internal::armed.store(any, std::memory_order_release);
}

}  // namespace

namespace internal {

std::atomic<bool> armed{false};

base::Status Run(Point point, tasks::TaskContext& task) {
  std::shared_ptr<const Handler> handler;  // kept while it runs
  {
    std::lock_guard lock(mutex);
    handler = handlers[static_cast<std::size_t>(point)];
  }
  return handler ? (*handler)(task) : base::Status();
}

}  // namespace internal

Armed::Armed(Point point, Handler handler) : point_(point) {
  Set(point, std::make_shared<const Handler>(std::move(handler)));
}
Armed::~Armed() { Set(point_, nullptr); }

}  // namespace engine::inject
