// base/json/error_json.h
//
// A failed Status as OpenSearch's clients expect it. A failure that stands for several (all the
// shards of a search) brings its root causes as a raw extra named `root_cause`, a JSON array.
// Threads: pure functions.

#pragma once

#include "base/json/writer.h"
#include "base/status.h"

namespace base {

// Whether each failure ends with a `stack_trace`: itself and its causes, a line each, as there is
// no stack to tell.
enum class Traces { kLeaveOut, kWrite };

// The whole answer: {"error":{"root_cause":[…],"type":…,"reason":…,extras,"caused_by":…},
// "status":N}.
void WriteError(json::Writer& writer, const Status& status, Traces traces = Traces::kLeaveOut);

// The value of its `error` member alone, root_cause included.
void WriteErrorBody(json::Writer& writer, const Status& status, Traces traces = Traces::kLeaveOut);

// The bare object {"type":…,"reason":…,extras,"caused_by":…}: items of a bulk, node_failures,
// shard failures.
void WriteException(json::Writer& writer, const Status& status, Traces traces = Traces::kLeaveOut);

// The name Java's RestStatus has for it: "SERVICE_UNAVAILABLE".
std::string_view StatusName(int http_status);

// The innermost of a row of the server's own kinds. What Java itself throws is its own root, and
// below one of ours it leaves the outer as root.
const Status& RootCause(const Status& status);

}  // namespace base
