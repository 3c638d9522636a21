// engine/mapping/reading.h
//
// One reading of a mapping: counts its fields, and gives up as soon as they are too many, lie too
// deep or have too long a name, or as the task has to stop.
//
// Lifetime: one reading. Threads: one.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/tree.h"
#include "engine/mapping/mapping.h"
#include "tasks/memory/reservation.h"
#include "tasks/task_context.h"

namespace engine {

// 400, as a mapping that is too much is refused.
base::Status TooManyFields(const MappingLimits& limits);
base::Status TooDeep(std::string_view path, const MappingLimits& limits);
base::Status CheckFieldName(std::string_view path, const MappingLimits& limits);
// Of an object, as limits count it: the fields in the root lie at 1.
std::int64_t DepthOf(std::string_view path);

// As Java counts: two for what lies beyond 16 bits.
std::int64_t Characters(std::string_view text);

class Reading {
 public:
  // Takes whatever there is, to its end.
  Reading() = default;
  Reading(const tasks::TaskContext& task, const MappingLimits& limits)
      : task_(&task), limits_(&limits), memory_(task, tasks::Breaker::kRequest, "<parse>") {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  // Before a field is read.
  base::Status Enter(std::string_view path, bool object);
  // A field that may be there already is read aside; what it adds is counted afterwards.
  base::Status Count(std::int64_t fields);
  std::int64_t counted() const { return fields_; }
  void ResetCount(std::int64_t fields) { fields_ = fields; }

  // For each piece of work, however small: a checkpoint every so many.
  base::Status Step();
  // With this reading's checkpoints, and memory that it keeps reserved; it must stay where it is.
  base::json::ParseOptions json_options();

  // Why it was given up, which no error about what is read may hide.
  const base::Status& end() const { return end_; }

 private:
  base::Status EndIf(base::Status status);

  const tasks::TaskContext* const task_ = nullptr;  // null: nobody can stop it
  const MappingLimits* const limits_ = nullptr;     // null: none
  std::int64_t fields_ = 0;
  unsigned steps_ = 0;
  tasks::Reservation memory_;  // of the largest tree it has had parsed
  base::Status end_;
};

}  // namespace engine
