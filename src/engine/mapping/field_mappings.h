// engine/mapping/field_mappings.h
//
// The fields of a mapping one by one, as GET _mapping/field shows them. Threads: pure functions.

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/mapping/mapping.h"
#include "tasks/task_context.h"

namespace engine {

// Whether parameters that were not given are shown, too.
enum class WithDefaults : bool { kNo, kYes };

// The value of `mapping` by the full name of each field that fits one of `patterns`: fields, their
// multi-fields, those that OpenSearch makes below them, and metadata fields, but no objects.
// `json`: a mapping that was accepted before. `limits`: those of its index. `task`: may be null;
// Cancelled if it has to stop.
base::Result<std::map<std::string, std::string>> FieldMappings(
    const tasks::TaskContext* task, std::string_view json, const MappingLimits& limits,
    std::span<const std::string> patterns, WithDefaults defaults);

}  // namespace engine
