// actions/tasks_list/fan_out.h
//
// Asks several nodes the same thing, each through a child of one task, and hears them out: until
// all have answered, or a time is over and the silent ones are named. Holds no thread.
//
// Lifetime: shared; keeps itself alive while a child may still speak. Threads: Ask() and Finish()
// by one at a time and never both; callbacks come on any thread, under no lock of ours.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actions/node.h"
#include "cluster/cluster_state.h"

namespace actions::tasks_list {

class FanOut : public std::enable_shared_from_this<FanOut> {
 public:
  struct Answer {
    std::string node_id;
    std::vector<std::string> progress;
    std::optional<std::string> result;
    base::Status status;  // why there is no result, or why it is not all
  };
  using Done = std::function<void(std::vector<Answer> answers)>;

  // What the own node can say without being asked.
  struct Known {
    std::string result;
    bool all = false;  // nothing is missing: as good as an answer
  };
  struct Question {
    std::string_view action;  // static storage
    std::vector<std::string> nodes;
    std::string payload;
    std::optional<std::int64_t> timeout_millis;   // nullopt: as long as it takes
    std::function<Known()> known_here = nullptr;  // if the own node is late; on the loop
  };

  // `state` tells the names of the nodes.
  FanOut(Node& node, tasks::RunningTask task, const cluster::StatePtr& state);

  const tasks::TaskPtr& task() const { return context_; }
  const cluster::StatePtr& state() const { return state_; }

  // `done` gets one answer a node, in their order; one that is not known or silent has a failure.
  // Runs once, on the thread of the last answer, of the loop, or on this one. The next Ask() may
  // come from within it.
  void Ask(Question question, Done done);

  // Stops the children that are still there and ends the task behind the last of them. `finished`
  // runs when the task has left the list or, if a node is silent, at once.
  void Finish(tasks::End end, std::function<void()> finished);

 private:
  struct Round {
    std::vector<Answer> answers;
    std::vector<bool> answered;
    std::size_t open = 0;
    std::optional<tasks::Loop::TimerId> timer;
    std::int64_t timeout_millis = 0;
    std::string_view action;
    std::function<Known()> known_here;
    Done done;  // null once it has been called
  };

  void StartChild(const std::shared_ptr<Round>& round, std::size_t i, const Question& question);
  void OnAnswer(const std::shared_ptr<Round>& round, std::size_t i, tasks::End end);
  void OnTimeout(const std::shared_ptr<Round>& round);
  bool WaitsForSelf(const Round& round);
  void Deliver(const std::shared_ptr<Round>& round);
  base::Status Silent(const Round& round, const std::string& node_id) const;

  Node& node_;
  const cluster::StatePtr state_;
  tasks::RunningTask task_;                 // the owner's thread only
  const tasks::TaskPtr context_;            // constant; outlives the scope
  std::mutex mutex_;                        // rounds
  std::size_t children_ = 0;                // guarded by mutex_; that have not ended
  std::optional<tasks::ChildScope> scope_;  // the owner's thread only; last
};

}  // namespace actions::tasks_list
