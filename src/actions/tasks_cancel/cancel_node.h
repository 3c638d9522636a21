// actions/tasks_cancel/cancel_node.h
//
// One node's part of a cancel: `cluster:admin/tasks/cancel[n]`.

#pragma once

#include <string>

#include "actions/tasks_cancel/cancel.h"
#include "base/result.h"

namespace actions::tasks_cancel {

// All of a request but for who asks: that is the origin of the child. `by` is shown as the one who
// asked.
std::string Encode(const CancelRequest& request);
base::Result<CancelRequest> Decode(std::string_view bytes);

// As OpenSearch describes a cancel and its children.
std::string Describe(const CancelRequest& request);

inline constexpr std::string_view kIsACancel = "it is a cancel, and would stop itself";

}  // namespace actions::tasks_cancel
