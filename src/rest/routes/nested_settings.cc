#include "rest/routes/nested_settings.h"

namespace rest::routes {

namespace {

using Place = SettingsMap::const_iterator;

// Deeper than any setting: the rest of a name that has more points is one key.
constexpr int kDeepest = 50;

class SettingsWriter {
 public:
  SettingsWriter(base::json::Writer& out, const SettingsMap& settings, std::string_view list)
      : out_(out), settings_(settings), list_(list) {}

  void WriteFlat() {
    out_.BeginObject();
    for (auto at = settings_.begin(); at != settings_.end(); ++at) WriteOne(at, 0);
    out_.EndObject();
  }
  void WriteNested() { WriteLevel(settings_.begin(), settings_.end(), 0, 1); }

 private:
  void WriteOne(Place at, std::size_t skip) {
    out_.Key(std::string_view(at->first).substr(skip));
    const bool is_list = at->first == list_;
    if (is_list) out_.BeginArray();
    out_.String(at->second);
    if (is_list) out_.EndArray();
  }

  // Writes [begin, end), whose names share their first `skip` characters, `depth` levels.
  void WriteLevel(Place begin, Place end, std::size_t skip, int depth) {
    out_.BeginObject();
    while (begin != end) {
      const std::string& name = begin->first;
      const std::size_t point = name.find('.', skip);
      if (point == name.npos || depth == kDeepest || settings_.contains(name.substr(0, point))) {
        WriteOne(begin, skip);
        ++begin;
        continue;
      }
      const std::string prefix = name.substr(0, point + 1);
      Place behind = begin;
      while (behind != end && behind->first.starts_with(prefix)) ++behind;
      out_.Key(std::string_view(name).substr(skip, point - skip));
      WriteLevel(begin, behind, point + 1, depth + 1);
      begin = behind;
    }
    out_.EndObject();
  }

  base::json::Writer& out_;
  const SettingsMap& settings_;
  const std::string_view list_;
};

}  // namespace

void WriteSettings(base::json::Writer& out, const SettingsMap& settings, bool flat,
                   std::string_view list) {
  SettingsWriter writer(out, settings, list);
  flat ? writer.WriteFlat() : writer.WriteNested();
}

}  // namespace rest::routes
