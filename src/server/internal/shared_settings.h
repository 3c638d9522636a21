// server/internal/shared_settings.h
//
// Settings of the node that the cluster's settings may override while it runs (PUT
// /_cluster/settings). The node's own values obey the same rules. Threads: a pure function.

#pragma once

#include "cluster/settings/cluster_settings.h"
#include "server/settings.h"

namespace server {

// The node's own values, set or default, by key. 400 for one that PUT /_cluster/settings would
// refuse, with the reason that it would give and the name of the setting.
base::Result<cluster::OwnSettings> PlanShared(const Settings& settings);

}  // namespace server
