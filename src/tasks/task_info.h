// tasks/task_info.h
//
// TaskInfo is what a list, a cancel or the history tells of one task: a plain value that travels
// between nodes.

#pragma once

#include "tasks/task_types.h"

namespace tasks {

struct TaskInfo {
  TaskId id;
  TaskType type = TaskType::kTransport;
  TaskClass task_class = TaskClass::kClient;
  std::string action;
  std::optional<std::string> status;  // JSON object; only if asked for and the kind has one
  std::optional<std::string> description;
  std::int64_t start_time_millis = 0;
  std::int64_t running_nanos = 0;
  bool cancellable = false;
  bool cancelled = false;
  TaskId parent;
  OriginPtr origin;  // may be null
  std::optional<std::int64_t> cancellation_time_millis;

  struct Resources {
    std::int64_t cpu_nanos = 0;
    std::int64_t memory_bytes = 0;
    int executions = 0;
    int active_threads = 0;
  };
  std::optional<Resources> resources;

  // For `extended`.
  std::string not_cancellable_because;
  const char* phase = nullptr;             // static strings
  const char* waits_on = nullptr;          //
  const char* unit = nullptr;              //
  std::int64_t done = 0, total = -1;       // -1: not known
  std::int64_t checkpoint_age_nanos = -1;  // -1: younger than the monitor's period
  std::int64_t longest_gap_nanos = 0;
  std::optional<Stop> stop;
  std::int64_t stopping_for_nanos = 0;

  // Only in the history.
  std::optional<StoppedOthers> stopped_others;
  std::optional<Outcome> outcome;
  bool completed_despite_cancel = false;
  std::string error;
};

}  // namespace tasks
