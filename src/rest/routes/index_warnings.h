// rest/routes/index_warnings.h
//
// Warns of uses of indices and templates that OpenSearch 2.x deprecates, in its words.
// Threads: that of the route, before it answers.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "actions/node.h"
#include "rest/request.h"

namespace rest::routes {

// If there are indices of the server's own, `.tasks*`, among those that a request reads or changes.
void WarnOfSystemIndices(Request& request, std::span<const std::string> names);

// Of an index that this request has made: of its name, the templates it fits and its settings.
void WarnOfNewIndex(Request& request, const actions::Node& node, const std::string& name);

// Whether the settings in the body set how much of the translog is kept, or reset it.
bool NamesTranslogRetention(const Request& request);
// If one of these indices sets it. For a request that names it.
void WarnOfTranslogRetention(Request& request, const actions::Node& node,
                             const std::vector<std::string>& names);

}  // namespace rest::routes
