// engine/mapping/quick_check.h
//
// The check that nearly every document passes: one pass over the text, no allocation for a known
// field. It only says yes or "I cannot tell"; what is wrong, and what new fields there are, is for
// the thorough check.
//
// Threads: any; each keeps a parser and what it has learned of the order of fields.

#pragma once

#include <string_view>

#include "engine/mapping/check_plan.h"
#include "tasks/task_context.h"

namespace engine {

// Larger documents do not make the thread's parser grow for good.
inline constexpr std::size_t kQuickKeepsBytes = 1 << 20;

// True: well-formed in full, every value fits its field, nothing new. `source` has at least 64
// readable bytes behind it. False, too, if `task` has to stop.
bool QuickCheckPadded(const tasks::TaskContext& task, const CheckPlan& plan,
                      std::string_view source);
// The same for any text: copied first.
bool QuickCheck(const tasks::TaskContext& task, const CheckPlan& plan, std::string_view source);

}  // namespace engine
