// actions/bulk/single.h
//
// A write of one document: a request of one action, on the same way as a bulk, under a task that is
// named after what it does.
//
// Threads: any.

#pragma once

#include <functional>

#include "actions/bulk/coordinator.h"

namespace actions::bulk {

struct SingleWrite {
  std::string_view action;  // names::kIndex, …
  std::string description;
  bool shows_phase = true;  // {"phase":…}, as OpenSearch's replication tasks
  engine::OpType type = engine::OpType::kIndex;
  std::optional<std::string> id;
  Extra extra;  // its texts outlive Write()
  std::string source;
  BulkParams params;
};

struct SingleAnswer {
  base::Status failure;
  std::string index, id;  // as it was written
  engine::OperationResult result;
  int copies = 1;
  bool forced_refresh = false;
};

// `done` is called once, when the task has left the list. Null if it already has.
tasks::TaskPtr Write(Service& service, SingleWrite write, tasks::OriginPtr origin,
                     std::function<void(const SingleAnswer&)> done);

}  // namespace actions::bulk
