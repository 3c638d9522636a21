// rest/routes/shown_settings.h
//
// Which settings of an index are shown, and how: flat_settings, include_defaults, human and, where
// the path has it, {name}. Threads: pure.

#pragma once

#include <string>
#include <vector>

#include "cluster/index/index_metadata.h"
#include "rest/request.h"

namespace rest::routes {

struct SettingsView {
  bool flat = false;
  bool defaults = false;
  bool human = false;
  std::vector<std::string> names;  // patterns; none: all settings
};

// All but `human`, which not all routes read alike.
base::Result<SettingsView> ReadSettingsView(Request& request);

// Writes the member `settings` and, if asked for, `defaults`: what holds where nothing was set.
void WriteSettingsMembers(base::json::Writer& out, const cluster::IndexMetadata& index,
                          const SettingsView& view);
// False for an index that an answer about settings leaves out: none has one of the names.
bool HasSettingsMembers(const cluster::IndexMetadata& index, const SettingsView& view);

}  // namespace rest::routes
