// actions/hot_threads/hot_threads.h
//
// Asks nodes what their threads are busy with: `cluster:monitor/nodes/hot_threads`, and below it a
// child a node. A child holds no thread between its looks and ends when it is stopped.
//
// Threads: any; nothing blocks. `done` is called once, after the task has left the list or, if a
// node is silent, at once.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actions/hot_threads/report.h"
#include "actions/node.h"

namespace actions::hot_threads {

struct Question {
  Watch watch;
  std::vector<std::string> nodes;                             // ids
  std::optional<std::int64_t> timeout_millis = std::nullopt;  // beside the interval; else of lists
  tasks::OriginPtr origin = nullptr;
};

struct Answer {
  cluster::StatePtr state;
  std::vector<std::pair<std::string, std::string>> reports;  // by node; none of the silent
};
using Done = std::function<void(base::Result<Answer>)>;

void Ask(Node& node, Question question, Done done);

void Register(Node& node);

}  // namespace actions::hot_threads
