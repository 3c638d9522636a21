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

// The task of such a write: it is one from its head on, before its body has come. `action` is
// names::kIndex, ….
base::Result<tasks::RunningTask> RegisterWrite(Service& service, std::string_view action,
                                               std::string index, std::string description,
                                               tasks::OriginPtr origin);

struct SingleWrite {
  std::optional<std::string> description;  // now that more is known; else it stays
  engine::OpType type = engine::OpType::kIndex;
  std::optional<std::string> id;
  Extra extra;  // its texts outlive `done`
  std::string source;
  bool doc_as_upsert = false;  // says so in the source, where the shard looks for it
  BulkParams params;
};

struct SingleAnswer {
  base::Status failure;
  std::string index, id;  // as it was written
  engine::OperationResult result;
  int copies = 1;
  bool forced_refresh = false;
  bool made_index = false;  // the write made it
  SourceFilter filter;      // what to show of result.source
};

// `done` is called once, when the task has left the list.
void Write(Service& service, tasks::RunningTask task, SingleWrite write,
           std::function<void(const SingleAnswer&)> done);

}  // namespace actions::bulk
