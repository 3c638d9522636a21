// rest/routes/hand_over.h
//
// Takes what would be long on an I/O thread, such as reading a large body, to a coordinator's.
// Threads: any.

#pragma once

#include <functional>

#include "actions/node.h"
#include "rest/request.h"

namespace rest::routes {

// Runs `read`, then `go` with the request's task, on a thread that may own children. What `read`
// fails with ends the task and is the answer, and so is a stop before it begins, or a full queue.
void HandOver(actions::Node& node, const RequestPtr& request,
              std::function<base::Status(tasks::TaskContext&)> read,
              std::function<void(tasks::RunningTask)> go);
}  // namespace rest::routes
