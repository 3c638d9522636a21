#include "rest/routes/nested_settings.h"

namespace rest::routes {

namespace {

using Place = SettingsMap::const_iterator;

// Deeper than any setting: the rest of a name that has more points is one key.
constexpr int kDeepest = 50;

// Writes [begin, end), whose names share their first `skip` characters, `depth` levels.
void WriteLevel(base::json::Writer& out, Place begin, Place end, std::size_t skip, int depth) {
  out.BeginObject();
  while (begin != end) {
    const std::string& name = begin->first;
    const std::size_t point = name.find('.', skip);
    if (point == name.npos || depth == kDeepest) {
      out.Field(std::string_view(name).substr(skip), begin->second);
      ++begin;
      continue;
    }
    const std::string prefix = name.substr(0, point + 1);
    Place behind = begin;
    while (behind != end && behind->first.starts_with(prefix)) ++behind;
    out.Key(std::string_view(name).substr(skip, point - skip));
    WriteLevel(out, begin, behind, point + 1, depth + 1);
    begin = behind;
  }
  out.EndObject();
}

}  // namespace

void WriteSettings(base::json::Writer& out, const SettingsMap& settings, bool flat) {
  if (!flat) return WriteLevel(out, settings.begin(), settings.end(), 0, 1);
  out.BeginObject();
  for (const auto& [name, value] : settings) out.Field(name, value);
  out.EndObject();
}

}  // namespace rest::routes
