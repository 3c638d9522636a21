// rest/error.h
//
// How a Status looks on the wire: OpenSearch's error objects. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace base::json {
class Writer;
}

namespace rest {

// The whole body: {"error":{"root_cause":[…],"type":…,"reason":…,…},"status":N}.
void WriteErrorBody(base::json::Writer& out, const base::Status& status, bool error_trace = false);

// Only the inner object, as in a bulk item or a `caused_by`: type, reason, extras, caused_by.
// With `root_cause`, as at the top of a body.
enum class RootCause : bool { kNo, kYes };
void WriteErrorObject(base::json::Writer& out, const base::Status& status,
                      RootCause root_cause = RootCause::kNo, bool error_trace = false);

// {"error":"text","status":405}, the short form of the router's own errors; without `status` if 0.
void WriteShortErrorBody(base::json::Writer& out, std::string_view text, int status);

}  // namespace rest
