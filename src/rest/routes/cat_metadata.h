// rest/routes/cat_metadata.h
//
// Tables of what the cluster's state says: `_cat/aliases`, `_cat/templates`, `_cat/pending_tasks`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatMetadataRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
