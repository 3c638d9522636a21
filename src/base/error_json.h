// base/error_json.h
//
// A failed Status as OpenSearch's clients expect it. Threads: pure functions.

#pragma once

#include "base/json/writer.h"
#include "base/status.h"

namespace base {

// The whole answer:
// {"error":{"root_cause":[…],"type":…,"reason":…,extras,"caused_by":…},
// "status":N}.
void WriteError(json::Writer &writer, const Status &status);

// The value of its `error` member alone, root_cause included.
void WriteErrorBody(json::Writer &writer, const Status &status);

// The bare object {"type":…,"reason":…,extras,"caused_by":…}: items of a bulk,
// node_failures, shard failures.
void WriteException(json::Writer &writer, const Status &status);

// The innermost cause that is of the server's own kinds; a foreign one (what
// Java itself throws) under one of ours leaves the outer as root.
const Status &RootCause(const Status &status);

}  // namespace base
