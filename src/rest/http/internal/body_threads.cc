#include "rest/http/internal/body_threads.h"

#include <utility>

#include "base/thread.h"

namespace rest::http {

void BodyThreads::Start(int threads) {
  // Safe: Stop() joins the threads before any member is gone.
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

void BodyThreads::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

Ticket BodyThreads::Submit(std::shared_ptr<Member> member, Haste haste) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = queue_.Push(std::move(member), haste);
  }
  changed_.notify_one();
  return ticket;
}

bool BodyThreads::TakeBack(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  return queue_.Erase(ticket);
}

void BodyThreads::Run() {
  base::IntroduceThread("http_body");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    std::shared_ptr<Member> member = queue_.Pop();
    lock.unlock();
    member->OnBodyTurn();
    member.reset();
    lock.lock();
  }
}

}  // namespace rest::http
