// rest/routes/templates.h
//
// `_index_template`, `_component_template` and the legacy `_template`.

#pragma once

#include "actions/node.h"
#include "base/json/tree.h"
#include "rest/router.h"

namespace rest::routes {

void AddSimulateTemplateRoutes(Router& router, actions::Node& node);
void AddTemplateRoutes(Router& router, actions::Node& node);

struct TemplateView {
  bool flat = false;                // settings with dots in their names
  std::string_view mappings_under;  // a member that holds them, if there are any; empty: none
};
// Writes a template as it is kept.
void WriteTemplate(base::json::Writer& out, const base::json::Value& stored,
                   const TemplateView& view);

}  // namespace rest::routes
