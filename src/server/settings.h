// server/settings.h
//
// The node's settings: defaults, then quell.yml, then -E on the command line; the later wins. Names
// are OpenSearch's where it has them. An unknown or malformed one is refused with what would do.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text/units.h"

namespace server {

struct SettingInfo {
  std::string_view name;
  std::string_view otherwise;  // the default, as it would be written
  std::string_view help;
};

class Settings {
 public:
  // quell.yml in the current directory; empty if there is none.
  static std::string DefaultFile();
  // `file` empty: none is read. `overrides` are "key=value".
  static base::Result<Settings> Read(const std::string& file,
                                     const std::vector<std::string>& overrides);
  // All there are, by name; `node.attr.*` comes beside.
  static const std::vector<SettingInfo>& Known();

  const std::string& file() const { return file_; }        // empty: none was read
  const std::string& String(std::string_view name) const;  // set or default; must be known
  base::Result<std::int64_t> Int(std::string_view name, std::int64_t low, std::int64_t high) const;
  base::Result<bool> Bool(std::string_view name) const;
  base::Result<base::TimeValue> Time(std::string_view name) const;
  base::Result<base::ByteSize> Size(std::string_view name) const;
  std::map<std::string, std::string> NodeAttributes() const;
  // What `_nodes` shows: what was set but for secrets, and what OpenSearch shows of every node.
  std::map<std::string, std::string> Shown() const;

 private:
  base::Status Set(const std::string& name, std::string value, std::string_view where);

  std::string file_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace server
