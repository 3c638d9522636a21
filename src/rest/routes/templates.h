// rest/routes/templates.h
//
// `_index_template`, `_component_template` and the legacy `_template`.

#pragma once

#include "actions/node.h"
#include "rest/router.h"

namespace rest::routes {

void AddTemplateRoutes(Router& router, actions::Node& node);

}  // namespace rest::routes
