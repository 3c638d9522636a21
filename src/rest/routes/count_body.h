// rest/routes/count_body.h
//
// The body of `_count`, as far as it can be counted without a search. Threads: any.

#pragma once

#include <string>

#include "base/status.h"
#include "tasks/task_context.h"

namespace rest::routes {

// OK for no body, no query and match_all; else what OpenSearch says of it, or that it is not
// supported.
base::Status CheckCountBody(tasks::TaskContext& task, const std::string& body);

}  // namespace rest::routes
