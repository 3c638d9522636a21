// actions/indices/create_body.h
//
// What an index is made of: the templates that fit its name, and on top of them what the request
// says. Threads: any.

#pragma once

#include <string>
#include <string_view>

#include "actions/node.h"

namespace actions::indices {

// `body` is OpenSearch's: settings, mappings, aliases; may be empty. 400 for what does not fit.
base::Result<cluster::CreateIndexRequest> MakeCreateRequest(const tasks::TaskContext& task,
                                                            const cluster::ClusterState& state,
                                                            const std::string& name,
                                                            std::string_view body);

}  // namespace actions::indices
