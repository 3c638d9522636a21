// rest/routes/indices.h
//
// Indices: create, delete, get, mappings, settings, refresh, flush, count. Threads: Add… before the
// server starts.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "actions/indices/indices.h"
#include "actions/run_change.h"
#include "rest/router.h"

namespace rest::routes {

void AddIndexRoutes(Router& router, actions::Node& node);          // create, delete, get, exists
void AddIndexSettingsRoutes(Router& router, actions::Node& node);  // _mapping, _settings
void AddIndexStateRoutes(Router& router, actions::Node& node);     // _close, _open, _block
void AddIndexWorkRoutes(Router& router, actions::Node& node);      // _refresh, _flush, _count
void AddIndexStatsRoutes(Router& router, actions::Node& node);     // _stats
void AddFieldMappingRoutes(Router& router, actions::Node& node);   // _mapping/field
void AddResolveIndexRoute(Router& router, actions::Node& node);    // _resolve/index

// Whether an answer warns that it is about indices of the server's own. What only lists indices
// does not.
enum class SystemIndices : bool { kWarn, kSilent };

// What several of them share. Resolves {index} with ReadIndexOptions(); all if absent.
base::Result<std::vector<std::string>> ResolveIndexParam(
    Request& request, const actions::Node& node, cluster::IndexOptions options = {},
    SystemIndices system = SystemIndices::kWarn);
// The same without these parameters.
base::Result<std::vector<std::string>> ResolveIndices(Request& request, const actions::Node& node,
                                                      cluster::IndexOptions options = {},
                                                      SystemIndices system = SystemIndices::kWarn);
// 400 for wildcards among `asked` if action.destructive_requires_name.
base::Status CheckDestructive(const actions::Node& node, const std::vector<std::string>& asked);
// timeout, cluster_manager_timeout or its old name, but not both.
base::Status ReadAdminTimeouts(Request& request);
// The parameters that say which indices a name stands for, on top of `options`.
base::Status ReadIndexOptions(Request& request, cluster::IndexOptions& options);
// What was set, and what every index has.
std::map<std::string, std::string> SettingsOf(const cluster::IndexMetadata& index);
// The same as members of "settings".
void WriteIndexSettings(base::json::Writer& out, const cluster::IndexMetadata& index, bool flat);
void RespondAcknowledged(const RequestPtr& request,
                         const base::Result<actions::Acknowledged>& done);

}  // namespace rest::routes
