// rest/exchange_poster.h
//
// The I/O thread of an exchange's connection, as a stop may use it: tasks::StopHook posts there.
//
// Lifetime: within the exchange's. Threads: any.

#pragma once

#include <functional>
#include <utility>

#include "rest/http/exchange.h"
#include "tasks/task_context.h"

namespace rest {

class ExchangePoster final : public tasks::Poster {
 public:
  explicit ExchangePoster(http::Exchange& exchange) : exchange_(exchange) {}
  void Post(std::function<void()> work) override { exchange_.Post(std::move(work)); }

 private:
  http::Exchange& exchange_;
};

}  // namespace rest
