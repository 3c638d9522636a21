// actions/templates/templates.h
//
// Puts and deletes templates of the three kinds. Threads: any; nothing blocks. `done` is called
// once, when every node has applied the change.

#pragma once

#include <string>

#include "actions/run_change.h"
#include "actions/templates/body.h"
#include "cluster/cluster_state.h"
#include "cluster/records.h"

namespace actions::templates {

// The name of the action that puts one. Static storage.
std::string_view PutAction(cluster::TemplateKind kind);

// `task` is named PutAction(). `warning`, if not empty, names templates that share names with it.
using PutDone =
    std::function<void(const base::Result<Acknowledged>& done, const std::string& warning)>;
void Put(Node& node, tasks::RunningTask task, PutRequest request, PutDone done);
// Adds a template, which ParseTemplate() made `json` of, to `state`. False: it is there already,
// just as it is. 400 if it does not go with the others.
base::Result<bool> AddTemplate(const tasks::TaskContext& task, const PutRequest& request,
                               const std::string& json, cluster::ClusterState& state);
// `pattern` may mean several; 404 if it means none.
void Delete(Node& node, tasks::OriginPtr origin, cluster::TemplateKind kind, std::string pattern,
            ChangeDone done);

}  // namespace actions::templates
