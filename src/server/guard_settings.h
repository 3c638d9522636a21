// server/guard_settings.h
//
// What the settings say of requests from other sites: http.allowed_hosts and http.cors.*. Threads:
// a pure function.

#pragma once

#include <string>
#include <vector>

#include "rest/guard/cross_site_guard.h"
#include "server/settings.h"

namespace server {

bool IsLoopback(const std::string& host);

// `own_names` are the node's own names and addresses. 400 for a malformed setting.
base::Result<rest::guard::CrossSiteGuard::Rules> PlanGuard(const Settings& settings,
                                                           std::vector<std::string> own_names);

}  // namespace server
