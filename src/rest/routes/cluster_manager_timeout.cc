#include "rest/routes/cluster_manager_timeout.h"

namespace rest::routes {

using base::Status;

Status ReadClusterManagerTimeout(Request& request) {
  const base::TimeValue otherwise = base::TimeValue::Seconds(30);
  RETURN_IF_ERROR(request.Time("cluster_manager_timeout", otherwise).status());
  if (!request.Has("master_timeout")) return {};
  if (request.Has("cluster_manager_timeout")) {
    return base::ParseError(
        "Please only use one of the request parameters [master_timeout, "
        "cluster_manager_timeout].");
  }
  return request.Time("master_timeout", otherwise).status();
}

}  // namespace rest::routes
