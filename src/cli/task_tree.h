// cli/task_tree.h
//
// Answers of the Tasks API as text for a terminal. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace cli {

// A `group_by=parents` answer as a tree, oldest first.
base::Result<std::string> RenderTree(std::string_view body);

struct CancelSummary {
  std::string text;
  bool failures = false;  // something could not be stopped, or asked
};
// A `group_by=none` answer of a cancel.
base::Result<CancelSummary> RenderCancelled(std::string_view body, bool dry_run);

}  // namespace cli
