// tasks/memory/reservation.h
//
// A Reservation is one holder's part of the node's MemoryAccount. Reserve, then allocate:
//
//     tasks::Reservation memory(task, tasks::Breaker::kRequest, "<reduce>");
//     RETURN_IF_ERROR(memory.Grow(page.size()));
//     pages.push_back(std::move(page));
//
// Lifetime: that of what it stands for; given back when it ends. May outlive its task, which shows
// what it has reserved. Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>

#include "tasks/memory/memory_account.h"

namespace tasks {

class TaskContext;

class Reservation {
 public:
  // On no account: everything fits.
  Reservation() = default;
  // `label` is a static string, OpenSearch's where it has one: "<http_request>".
  Reservation(const TaskContext& task, Breaker breaker, const char* label);
  // Of no task. `account` may be null.
  Reservation(MemoryAccount* account, Breaker breaker, const char* label)
      : account_(account), breaker_(breaker), label_(label) {}
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation() { Release(); }

  std::int64_t bytes() const { return bytes_; }
  MemoryAccount* account() const { return account_; }  // may be null

  // Reserves `bytes` in all; shrinking always works. 429 if it does not fit: then nothing changes.
  base::Status Resize(std::int64_t bytes);
  base::Status Grow(std::int64_t bytes) { return Resize(bytes_ + bytes); }
  // The same without a refusal, for what is there already or must not be refused: it is others who
  // then find no room.
  void Overdraw(std::int64_t bytes);
  void Release() { Overdraw(0); }

 private:
  void Took(std::int64_t more);

  MemoryAccount* account_ = nullptr;
  std::shared_ptr<const TaskContext> task_;  // null: no task shows it
  Breaker breaker_ = Breaker::kRequest;
  const char* label_ = "";
  std::int64_t bytes_ = 0;
};

}  // namespace tasks
