// server/register.h
//
// The lists of what a node can do: every action, and every route. A new one is added here.

#pragma once

#include "actions/node.h"
#include "rest/http/server.h"
#include "rest/router.h"

namespace server {

// `http` tells of its connections.
void RegisterActions(actions::Node& node, const rest::http::Server& http,
                     const rest::Router& router);
void AddRoutes(rest::Router& router, actions::Node& node);

}  // namespace server
