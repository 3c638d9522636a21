// rest/routes/cat_shards.h
//
// Tables about shards: `_cat/shards`, a row a copy; `_cat/allocation`, a row a node.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddCatShardRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
