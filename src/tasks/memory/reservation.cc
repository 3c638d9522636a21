#include "tasks/memory/reservation.h"

#include <utility>

#include "tasks/task_context.h"

namespace tasks {

Reservation::Reservation(const TaskContext& task, Breaker breaker, const char* label)
    : account_(task.memory_account()),
      task_(task.weak_from_this().lock()),
      breaker_(breaker),
      label_(label) {}

Reservation::Reservation(Reservation&& other) noexcept { *this = std::move(other); }

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  Release();
  account_ = other.account_;
  task_ = other.task_;
  breaker_ = other.breaker_;
  label_ = other.label_;
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

base::Status Reservation::Resize(std::int64_t bytes) {
  const std::int64_t more = bytes - bytes_;
  if (account_ != nullptr && more > 0) {
    RETURN_IF_ERROR(account_->AddIfItFits(breaker_, more, label_));
    return Took(more), base::Status();
  }
  Overdraw(bytes);
  return {};
}

void Reservation::Overdraw(std::int64_t bytes) {
  const std::int64_t more = bytes - bytes_;
  if (more == 0) return;
  if (account_ != nullptr) account_->Add(breaker_, more);
  Took(more);
}

void Reservation::Took(std::int64_t more) {
  bytes_ += more;
  if (task_) task_->AddMemory(more);
}

}  // namespace tasks
