#include "tasks/run/remote_children.h"

#include <utility>

namespace tasks {

RemoteChildren::Key RemoteChildren::Add(const std::string& node_id) {
  std::lock_guard lock(mutex_);
  open_.emplace(++last_, TaskId{.node = node_id});
  return last_;
}

void RemoteChildren::Name(Key key, const TaskId& id) {
  std::lock_guard lock(mutex_);
  if (const auto found = open_.find(key); found != open_.end()) found->second = id;
}

void RemoteChildren::Remove(Key key) {
  std::map<Key, std::function<void()>> waiters;
  {
    std::lock_guard lock(mutex_);
    open_.erase(key);
    if (open_.empty()) waiters.swap(waiters_);
  }
  for (const auto& [waiter, then] : waiters) then();
}

std::vector<TaskId> RemoteChildren::open() const {
  std::lock_guard lock(mutex_);
  std::vector<TaskId> open;
  for (const auto& [key, id] : open_) open.push_back(id);
  return open;
}

RemoteChildren::Key RemoteChildren::WhenNone(std::function<void()> then) {
  {
    std::lock_guard lock(mutex_);
    if (!open_.empty()) {
      waiters_.emplace(++last_, std::move(then));
      return last_;
    }
  }
  then();
  return 0;
}

void RemoteChildren::Forget(Key waiter) {
  std::map<Key, std::function<void()>>::node_type forgotten;  // ends outside our lock
  std::lock_guard lock(mutex_);
  forgotten = waiters_.extract(waiter);
}

}  // namespace tasks
