// rest/routes/nested_settings.h
//
// Settings as an object: flat, or taken apart at the points of their names. Threads: pure.

#pragma once

#include <map>
#include <string>

#include "base/json/writer.h"

namespace rest::routes {

using SettingsMap = std::map<std::string, std::string>;
void WriteSettings(base::json::Writer& out, const SettingsMap& settings, bool flat);

}  // namespace rest::routes
