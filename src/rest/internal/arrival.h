// rest/internal/arrival.h
//
// An Arrival is a request whose body is being collected: a task from its head on, seen and
// cancelled like any other. A stop ends the task and answers the request at once; the rest of the
// body is not awaited. When the body is whole the task is the request's, for its route to take.
//
// Lifetime: it owns itself until the body is there or is not needed any more. Threads: the
// connection's I/O thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rest/exchange_poster.h"
#include "rest/request.h"
#include "tasks/task_registry.h"

namespace rest {

class Arrival final : public std::enable_shared_from_this<Arrival> {
 public:
  // Gets the body; the request has its task.
  using Whole = std::function<void(std::string body)>;

  struct Limit {
    std::uint64_t bytes;
    base::Status too_long;  // OK: the server's 413
  };

  // Answers by itself what does not become whole: cancelled, too long, abandoned.
  static void Await(RequestPtr request, tasks::RunningTask task, Limit limit, Whole whole);

  Arrival(RequestPtr request, tasks::RunningTask task, Limit limit, Whole whole);

 private:
  void Begin();
  void OnBody(base::Result<std::string> body);
  void OnStopped();
  void Fail(const base::Status& why);

  const RequestPtr request_;
  const Limit limit_;
  const Whole whole_;
  ExchangePoster io_;
  tasks::RunningTask task_;  // empty: it has ended, or is the request's
  std::optional<tasks::Phase> phase_;
  std::optional<tasks::StopHook> stop_hook_;
};

}  // namespace rest
