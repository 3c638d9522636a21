// test/support/tasks_fixture.h
//
// A real node with tasks that a test holds in its hands: they are listed, can be asked to stop, and
// end when the test says so.
//
// Lifetime: one test; what is still held ends with it. Threads: one, the node has its own.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "actions/tasks_cancel/cancel.h"
#include "actions/tasks_cancel/rethrottle.h"
#include "actions/tasks_get/get.h"
#include "actions/tasks_list/list.h"
#include "support/test_node.h"
#include "tasks/run/after_end.h"

namespace test {

// What comes on another thread, once. Waiting ends after ten seconds with a failure.
template <typename T>
class Coming {
 public:
  auto Setter() {
    return [promise = promise_](T value) { promise->set_value(std::move(value)); };
  }
  bool IsThere() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  T Get() {
    const bool came = future_.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    if (!came) throw std::runtime_error("nothing came");
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<T>> promise_ = std::make_shared<std::promise<T>>();
  std::future<T> future_ = promise_->get_future();
};

class TasksTest : public testing::Test {
 protected:
  using Pages = actions::tasks_list::TaskPagesPtr;

  // A whole answer.
  struct Told {
    std::vector<tasks::TaskInfo> tasks;
    actions::tasks_list::Failures failures;

    std::vector<std::int64_t> Numbers() const {
      std::vector<std::int64_t> numbers;
      for (const tasks::TaskInfo& info : tasks) numbers.push_back(info.id.number);
      std::sort(numbers.begin(), numbers.end());
      return numbers;
    }
    const tasks::TaskInfo& Of(const tasks::TaskPtr& task) const {
      for (const tasks::TaskInfo& info : tasks) {
        if (info.id == task->id()) return info;
      }
      throw std::runtime_error("not told of " + task->id().ToString());
    }
  };

  explicit TasksTest(TestNode::Options options = {}) : node_(std::move(options)) {
    after_end_ = std::make_unique<tasks::AfterEnd>(node_.registry, node_.coordinator, nullptr);
    node_.node.after_end = after_end_.get();
    actions::tasks_list::Register(node_.node);
    actions::tasks_cancel::Register(node_.node);
    actions::tasks_cancel::RegisterRethrottle(node_.node);
  }
  ~TasksTest() override { held_.clear(); }

  static tasks::TaskSpec Spec(std::string_view action) {
    tasks::TaskSpec spec;
    spec.action = action;
    return spec;
  }
  tasks::TaskPtr Hold(std::string_view action) { return Hold(Spec(action)); }
  tasks::TaskPtr Hold(tasks::TaskSpec spec) {
    auto task = node_.registry.Register(std::move(spec));
    if (!task.ok()) throw std::runtime_error(task.status().reason());
    held_.push_back(*std::move(task));
    return held_.back().context();
  }
  void Release(const tasks::TaskPtr& task, tasks::End end = tasks::End()) {
    for (auto held = held_.begin(); held != held_.end(); ++held) {
      if (held->context() != task) continue;
      tasks::RunningTask running = std::move(*held);
      held_.erase(held);
      return std::move(running).Finish(std::move(end));
    }
  }

  static tasks::OriginPtr From(std::string user, std::string opaque_id = {}) {
    auto origin = std::make_shared<tasks::Origin>();
    origin->user = std::move(user);
    if (!opaque_id.empty()) origin->headers.emplace_back("X-Opaque-Id", std::move(opaque_id));
    return origin;
  }

  static Told TellAll(base::Result<Pages> pages) {
    if (!pages.ok()) throw std::runtime_error(pages.status().reason());
    Coming<std::vector<actions::tasks_list::TaskPages::Page>> coming;
    TakeAll(*pages, coming.Setter());
    Told told{.tasks = {}, .failures = (*pages)->failures()};
    for (auto& page : coming.Get()) {
      std::ranges::move(page.tasks, std::back_inserter(told.tasks));
    }
    return told;
  }
  base::Result<Pages> TryList(actions::tasks_list::ListRequest request) {
    Coming<base::Result<Pages>> coming;
    actions::tasks_list::List(node_.node, std::move(request), coming.Setter());
    return coming.Get();
  }
  Told List(actions::tasks_list::ListRequest request) {
    return TellAll(TryList(std::move(request)));
  }
  Told List(std::vector<std::string> actions) {
    actions::tasks_list::ListRequest request;
    request.filter.actions = std::move(actions);
    return List(std::move(request));
  }
  base::Result<Pages> TryCancel(actions::tasks_cancel::CancelRequest request) {
    Coming<base::Result<Pages>> coming;
    actions::tasks_cancel::Cancel(node_.node, std::move(request), coming.Setter());
    return coming.Get();
  }
  Told Cancel(actions::tasks_cancel::CancelRequest request) {
    return TellAll(TryCancel(std::move(request)));
  }
  Told Cancel(const tasks::TaskId& id) {
    actions::tasks_cancel::CancelRequest request;
    request.id = id;
    return Cancel(std::move(request));
  }

  std::unique_ptr<tasks::AfterEnd> after_end_;  // goes after the node's pools
  TestNode node_;
  std::list<tasks::RunningTask> held_;  // last
};

// The node has started; for tests that add no action of their own.
class StartedTasksTest : public TasksTest {
 protected:
  explicit StartedTasksTest(TestNode::Options options = {}) : TasksTest(std::move(options)) {
    node_.Start();
  }
};

}  // namespace test
