// actions/bulk/upload.h
//
// A bulk request while its body arrives: it is a task from its head on, holds no thread, and has no
// effect before the last byte is there and found good.
//
// Lifetime: owned by whoever reads the body. Threads: one at a time; the task's own are any.

#pragma once

#include <optional>
#include <string_view>

#include "actions/bulk/coordinator.h"
#include "actions/bulk/ndjson_parser.h"
#include "actions/bulk/service.h"

namespace actions::bulk {

class Upload {
 public:
  Upload(Service& service, BulkParams params);

  // Puts the task on the list. `body_bytes` if it is known how many will come.
  base::Status Register(tasks::OriginPtr origin, std::optional<std::uint64_t> body_bytes);
  const tasks::TaskPtr& task() const { return task_; }
  const RequestPtr& request() const { return request_; }
  // The task is still the upload's.
  bool running() const { return static_cast<bool>(running_); }

  // After a failure the request has failed with it; End() must follow. Goes on working after End(),
  // for an upload that was cancelled and is only counted.
  base::Status Feed(std::string_view piece);
  // The body is whole: 400 if it is no good request.
  base::Status Whole();

  // Ends the task here: nothing was written.
  void End(base::Status why);
  // Hands it to a coordinator.
  void Execute(Coordinator::Ended ended);

 private:
  void Describe();

  Service& service_;
  const RequestPtr request_;
  NdjsonParser parser_;
  std::size_t described_ = 0;  // indices
  tasks::TaskPtr task_;        // constant after Register()
  tasks::RunningTask running_;
  std::optional<tasks::Phase> phase_;
};

// "bulk request to [a, b]"
std::string DescribeBulk(const std::vector<std::string>& indices);

}  // namespace actions::bulk
