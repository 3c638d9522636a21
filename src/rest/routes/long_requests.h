// rest/routes/long_requests.h
//
// Requests that take long must not hold up an I/O thread: those whose names take long to resolve,
// such as hundreds of wildcards over thousands of indices, those that tell of large metadata, and
// those whose answers are filtered by many paths.
// Their routes run on a coordinator's thread, as a task that a cancel ends.
//
// Threads: any.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

inline constexpr std::string_view kResolveIndex = "indices:admin/resolve/index";
inline constexpr std::string_view kReadMetadata = "cluster:monitor/metadata";
inline constexpr std::string_view kFilterAnswer = "cluster:monitor/filter";

// `node` outlives the router.
Router::Run RunLongRequestsElsewhere(actions::Node& node);

}  // namespace rest::routes
