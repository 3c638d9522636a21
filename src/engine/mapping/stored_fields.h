// engine/mapping/stored_fields.h
//
// The values that a document stores apart from its source: those of fields with `store: true`. They
// are made from the source when they are asked for, as the index would keep them: converted to the
// field's type, without what it ignores, and with copies.
//
// Threads: pure functions.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/mapping/check_plan.h"
#include "tasks/task_context.h"

namespace engine {

// The fields of `names` that are stored and have values, as JSON {"k":["a","b"],…}; empty if there
// are none. 400 illegal_argument_exception for the name of an object.
base::Result<std::string> StoredFields(const tasks::TaskContext& task, const CheckPlan& plan,
                                       std::span<const std::string> names, std::string_view source);

}  // namespace engine
