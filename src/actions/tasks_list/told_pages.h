// actions/tasks_list/told_pages.h
//
// Answers of nodes as pages of tasks: what a fan-out has brought, taken apart.
//
// Threads: as TaskPages.

#pragma once

#include <deque>
#include <functional>

#include "actions/tasks_list/fan_out.h"
#include "actions/tasks_list/task_codec.h"
#include "actions/tasks_list/task_pages.h"

namespace actions::tasks_list {

// One node's answer so far.
struct OfNode {
  std::string node_id;
  std::deque<std::vector<tasks::TaskInfo>> pages;
  std::optional<Cursor> next;  // where to ask on
};

// What was told in spite of a failure counts; the failure as well.
OfNode TakeApart(FanOut::Answer answer, Failures& failures);

// All that the nodes had to tell.
class ToldPages final : public TaskPages {
 public:
  static std::shared_ptr<ToldPages> Make(cluster::StatePtr state,
                                         std::vector<FanOut::Answer> answers);

  ToldPages(const cluster::StatePtr& state, std::vector<OfNode> nodes, Failures failures)
      : TaskPages(state, std::move(failures)), nodes_(std::move(nodes)) {}

  void Next(Taken taken) override;
  bool Short() const override;
  // No node had a task to tell of, and none has been taken.
  bool Empty() const;
  // Those that have not been taken.
  void ForEach(const std::function<void(const tasks::TaskInfo&)>& visit) const;
  const std::vector<NodeFailure>& late_failures() const override { return no_failures_; }

 private:
  std::vector<OfNode> nodes_;
  std::size_t at_ = 0;
  const std::vector<NodeFailure> no_failures_;
};

}  // namespace actions::tasks_list
