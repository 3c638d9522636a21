// actions/cluster_settings/update.h
//
// Changes settings of the whole cluster: `cluster:admin/settings/update`. Threads: any; nothing
// blocks. `done` is called once, when every node has applied the change.

#pragma once

#include <functional>
#include <map>
#include <string>

#include "actions/run_change.h"

namespace actions::cluster_settings {

inline constexpr std::string_view kUpdate = "cluster:admin/settings/update";

// What has been set; what was taken away is not in it.
struct Updated {
  bool acknowledged = true;  // by all nodes
  std::map<std::string, std::string> persistent, transient;
};
using Done = std::function<void(base::Result<Updated>)>;

// `body` is OpenSearch's: {"persistent":{…},"transient":{…}}.
void Update(Node& node, tasks::RunningTask task, std::string body, Done done);

}  // namespace actions::cluster_settings
