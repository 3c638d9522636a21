// actions/templates/templates.h
//
// Puts and deletes templates of the three kinds. Threads: any; nothing blocks. `done` is called
// once, when every node has applied the change.

#pragma once

#include <string>

#include "actions/run_change.h"
#include "actions/templates/body.h"
#include "cluster/records.h"

namespace actions::templates {

// The name of the action that puts one. Static storage.
std::string_view PutAction(cluster::TemplateKind kind);

// `task` is named PutAction().
void Put(Node& node, tasks::RunningTask task, PutRequest request, ChangeDone done);
// `pattern` may mean several; 404 if it means none.
void Delete(Node& node, tasks::OriginPtr origin, cluster::TemplateKind kind, std::string pattern,
            ChangeDone done);

}  // namespace actions::templates
