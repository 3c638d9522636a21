// rest/routes/cluster_manager_timeout.h
//
// The parameter that every request about the cluster's state takes, under both its names.
// Threads: as Request's parameters.

#pragma once

#include "rest/request.h"

namespace rest::routes {

// Reads `cluster_manager_timeout` or `master_timeout`, without a warning, as OpenSearch 2.19
// does. 400 for both at once. Nothing waits so long here: a change is made, or refused, at once.
base::Status ReadClusterManagerTimeout(Request& request);

}  // namespace rest::routes
