// rest/routes/nested_settings.h
//
// Settings as an object: flat, or taken apart at the points of their names. A name that goes on
// behind that of another setting (`http.type`, `http.type.default`) stays one key there, as in
// OpenSearch. Threads: pure.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json/writer.h"

namespace rest::routes {

using SettingsMap = std::map<std::string, std::string>;
// The value of `list`, if there is one of that name, is written as a list of one.
void WriteSettings(base::json::Writer& out, const SettingsMap& settings, bool flat,
                   std::string_view list = {});

}  // namespace rest::routes
