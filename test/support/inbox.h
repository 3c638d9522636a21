// test/support/inbox.h
//
// A Poster that keeps what is posted, for a test to run or to leave. Threads: one.

#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "tasks/task_context.h"

namespace test {

class Inbox final : public tasks::Poster {
 public:
  void Post(std::function<void()> work) override { posted.push_back(std::move(work)); }

  std::vector<std::function<void()>> posted;
};

}  // namespace test
