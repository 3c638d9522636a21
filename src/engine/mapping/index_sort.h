// engine/mapping/index_sort.h
//
// Which fields an index can be sorted by: those that have their values by document, and whose
// values have an order. Threads: pure functions.

#pragma once

#include <string_view>

#include "base/status.h"
#include "engine/mapping/check_plan.h"

namespace engine {

// 400 illegal_argument_exception "invalid index sort field:[rank]" and the like.
base::Status CheckSortField(const CheckPlan& plan, std::string_view name);

}  // namespace engine
