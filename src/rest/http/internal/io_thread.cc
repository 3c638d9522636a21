#include "rest/http/internal/io_thread.h"

#include <sys/epoll.h>

#include <array>
#include <new>

#include "base/log.h"
#include "base/thread.h"

namespace rest::http {

IoThread::IoThread(std::chrono::milliseconds patience)
    : patience_(patience),
      read_buffer_(new char[kReadBytes]),
      hang_ups_(context_, ::epoll_create1(EPOLL_CLOEXEC)),
      silence_(context_) {
  WatchHangUps();
}

IoThread::~IoThread() = default;

void IoThread::Start() {
  thread_ = std::thread([this] {
    base::IntroduceThread("http", base::Turns::kShort);
    here_ = std::this_thread::get_id();
    const auto work = asio::make_work_guard(context_);
    while (!RunUntilStopped()) {
    }
    context_.restart();
    context_.poll();  // what was cancelled on the way out
    turns_.Clear();   // whose members hold this thread
  });
}

// False: what has just run was out of memory, and lost; what comes after it need not be.
bool IoThread::RunUntilStopped() {
  try {
    context_.run();
    return true;
  } catch (const std::bad_alloc&) {
    base::log::Error("memory", "a step of a connection ran out of memory and was given up");
    return false;
  }
}

void IoThread::Stop() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    asio::post(context_, [this] { context_.stop(); });  // Safe: the thread is joined below.
  }
  if (thread_.joinable()) thread_.join();
}

void IoThread::Post(std::function<void()> function) {
  std::lock_guard lock(mutex_);
  if (!closed_) asio::post(context_, std::move(function));
}

IoThread::MemberId IoThread::Join(std::shared_ptr<Member> member, int socket) {
  const MemberId id = ++last_id_;
  members_[id] = {std::move(member), awaited_.end(), idle_.end()};
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLET;  // resets are always told
  event.data.u64 = id;
  ::epoll_ctl(hang_ups_.native_handle(), EPOLL_CTL_ADD, socket, &event);
  return id;
}

void IoThread::Leave(MemberId id, int socket) {
  StopAwaiting(id);
  SetIdle(id, false);
  ::epoll_ctl(hang_ups_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
  members_.erase(id);
}

std::vector<std::shared_ptr<IoThread::Member>> IoThread::members() const {
  std::vector<std::shared_ptr<Member>> all;
  for (const auto& [id, entry] : members_) all.push_back(entry.member);
  return all;
}

std::shared_ptr<IoThread::Member> IoThread::Find(MemberId id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : found->second.member;
}

void IoThread::WatchHangUps() {
  // Safe: the context, which runs this, is a member.
  hang_ups_.async_wait(asio::posix::descriptor_base::wait_read, [this](ErrorCode error) {
    if (error) return;
    ReadHangUps();
    WatchHangUps();
  });
}

void IoThread::ReadHangUps() {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(hang_ups_.native_handle(), events.data(), events.size(), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (const auto member = Find(event.data.u64)) {
      member->OnHangUp((event.events & (EPOLLHUP | EPOLLERR)) != 0);
    }
  }
}

void IoThread::QueueTurn(std::shared_ptr<Member> member, Haste haste) {
  const bool posted = !turns_.empty();
  turns_.Push(std::move(member), haste);
  // Safe: the context, which runs this, is a member.
  if (!posted) Post([this] { RunTurn(); });
}

// Asio runs what a handler posts after its next look at the sockets.
void IoThread::RunTurn() {
  const std::shared_ptr<Member> member = turns_.Pop();
  // Safe: as in QueueTurn().
  if (!turns_.empty()) Post([this] { RunTurn(); });
  member->OnTurn();
}

void IoThread::AwaitBytes(MemberId id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  const Awaited awaited{id, Clock::now() + patience_};
  if (found->second.awaited == awaited_.end()) {
    found->second.awaited = awaited_.insert(awaited_.end(), awaited);
  } else {
    *found->second.awaited = awaited;
    awaited_.splice(awaited_.end(), awaited_, found->second.awaited);
  }
  WatchSilence();
}

void IoThread::StopAwaiting(MemberId id) {
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.awaited == awaited_.end()) return;
  awaited_.erase(found->second.awaited);
  found->second.awaited = awaited_.end();
}

void IoThread::SetIdle(MemberId id, bool idle) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  auto& place = found->second.idle;
  if (place != idle_.end()) idle_.erase(place);
  place = idle ? idle_.insert(idle_.end(), id) : idle_.end();
  idle_count_.store(idle_.size(), std::memory_order_relaxed);
}

bool IoThread::CloseOldestIdle() {
  const auto member = idle_.empty() ? nullptr : Find(idle_.front());
  if (member) member->OnCrowded();
  return member != nullptr;
}

void IoThread::WatchSilence() {
  if (silence_armed_ || awaited_.empty()) return;
  silence_armed_ = true;
  silence_.expires_at(awaited_.front().until);
  // Safe: the context, which runs this, is a member.
  silence_.async_wait([this](ErrorCode error) {
    silence_armed_ = false;
    if (error) return;
    while (!awaited_.empty() && awaited_.front().until <= Clock::now()) {
      const MemberId id = awaited_.front().id;
      StopAwaiting(id);
      if (const auto member = Find(id)) member->OnSilence();
    }
    WatchSilence();
  });
}

}  // namespace rest::http
