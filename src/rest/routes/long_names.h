// rest/routes/long_names.h
//
// Requests whose names take long to resolve, such as hundreds of wildcards over thousands of
// indices, must not hold up an I/O thread: their routes run on a coordinator's thread, as a task
// that a cancel ends.
//
// Threads: any.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

inline constexpr std::string_view kResolveIndex = "indices:admin/resolve/index";

// `node` outlives the router.
Router::Run RunLongNamesElsewhere(actions::Node& node);

}  // namespace rest::routes
