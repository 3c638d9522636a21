#include "transport/internal/payload_inbox.h"

#include <algorithm>

#include "transport/internal/wire.h"

namespace transport::internal {

using base::Result;
using base::Status;

std::size_t GrantBook::TakeAhead(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  const std::size_t most = window_ / 2;
  const std::size_t taken = outstanding_ >= most ? 0 : std::min(bytes, most - outstanding_);
  outstanding_ += taken;
  return taken;
}

bool GrantBook::TakeSlice(const std::shared_ptr<PayloadInbox>& inbox) {
  std::lock_guard lock(mutex_);
  if (waiting_.empty() && outstanding_ + kSlice <= window_) {
    outstanding_ += kSlice;
    return true;
  }
  waiting_.push_back(inbox);
  return false;
}

void GrantBook::Release(std::size_t bytes) {
  std::vector<std::shared_ptr<PayloadInbox>> served;
  {
    std::lock_guard lock(mutex_);
    outstanding_ -= bytes;
    while (!waiting_.empty() && outstanding_ + kSlice <= window_) {
      auto inbox = waiting_.front().lock();
      waiting_.pop_front();
      if (!inbox) continue;
      outstanding_ += kSlice;
      served.push_back(std::move(inbox));
    }
  }
  for (const auto& inbox : served) inbox->Granted();
}

std::size_t GrantBook::outstanding() const {
  std::lock_guard lock(mutex_);
  return outstanding_;
}

PayloadInbox::~PayloadInbox() { book_->Release(TakeBack()); }

std::size_t PayloadInbox::TakeBack() {
  return std::exchange(granted_, 0) + std::exchange(held_, 0);
}

Result<std::optional<std::string>> PayloadInbox::Next(tasks::TaskContext& task) {
  RETURN_IF_ERROR(task.Checkpoint());
  std::unique_lock lock(mutex_);
  if (!Ready()) {
    waits_ = true;
    const std::size_t taken = std::exchange(partial_.held, 0);
    held_ -= taken;
    lock.unlock();
    if (taken > 0) book_->Release(taken);
    AskForMore(true);
    lock.lock();
    const Status waited =
        tasks::WaitFor(task, lock, changed_, "payload", [this] { return Ready(); });
    waits_ = false;
    RETURN_IF_ERROR(waited);
  }
  if (chunks_.empty()) {
    if (!failure_.ok()) return failure_;
    return std::optional<std::string>();
  }
  Chunk chunk = std::move(chunks_.front());
  chunks_.pop_front();
  held_ -= std::min(held_, chunk.held);
  const bool more = !ended_;
  lock.unlock();
  if (chunk.held > 0) book_->Release(chunk.held);
  if (more) AskForMore(false);
  return std::optional(std::move(chunk.bytes));
}

Status PayloadInbox::OnPayload(proto::Payload& payload) {
  std::size_t taken = 0;
  bool more = false;
  {
    std::lock_guard lock(mutex_);
    const std::size_t size = payload.data().size();
    if (broken_) return {};  // sent before the caller could hear that it is over
    if (ended_) return base::IllegalArgument("payload after its end");
    if (size > granted_) return base::IllegalArgument("payload without credit");
    if (partial_.bytes.size() + size > limits_.max_chunk)
      return base::IllegalArgument("a chunk of payload is longer than " +
                                   std::to_string(limits_.max_chunk) + " bytes");
    granted_ -= size;
    partial_.bytes += payload.data();
    if (waits_ && chunks_.empty()) {
      taken = size;
    } else {
      partial_.held += size;
      held_ += size;
    }
    if (payload.ends_chunk()) chunks_.push_back(std::exchange(partial_, {}));
    if (payload.ends_stream()) {
      ended_ = true;
      if (payload.has_failure()) failure_ = Decode(payload.failure());
      taken += std::exchange(granted_, 0);
    }
    more = waits_ && !Ready();
    if (Ready()) changed_.notify_all();
  }
  if (taken > 0) book_->Release(taken);
  if (more) AskForMore(true);
  return {};
}

void PayloadInbox::AskForMore(bool waits) {
  std::size_t granted = 0;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    const std::size_t outstanding = granted_ + held_;
    const std::size_t room = limits_.window - std::min(limits_.window, outstanding);
    // In steps: many small credits would cost more than they bring.
    if (room >= limits_.window / 4) granted = book_->TakeAhead(room);
    if (granted == 0 && waits && granted_ == 0 && !asked_) {
      if (book_->TakeSlice(shared_from_this())) {
        granted = GrantBook::kSlice;
      } else {
        asked_ = true;
      }
    }
    granted_ += granted;
  }
  if (granted > 0) send_credit_(granted);
}

void PayloadInbox::Granted() {
  bool wanted = false;
  {
    std::lock_guard lock(mutex_);
    asked_ = false;
    wanted = !ended_;
    if (wanted) granted_ += GrantBook::kSlice;
  }
  if (wanted) {
    send_credit_(GrantBook::kSlice);
  } else {
    book_->Release(GrantBook::kSlice);
  }
}

void PayloadInbox::Break(Status why) {
  std::size_t taken = 0;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = broken_ = true;
    failure_ = std::move(why);
    partial_ = {};
    taken = std::exchange(granted_, 0);
    // What is whole stays until it is taken.
    std::size_t whole = 0;
    for (const Chunk& chunk : chunks_) whole += chunk.held;
    taken += held_ - whole;
    held_ = whole;
    changed_.notify_all();
  }
  if (taken > 0) book_->Release(taken);
}

}  // namespace transport::internal
