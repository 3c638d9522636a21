// rest/http/target.h
//
// Takes a request target apart: `/logs/_doc/a%2Fb?routing=x&pretty` -> segments and parameters.
// Pure functions over untrusted text.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rest::http {

struct Target {
  std::string raw;                    // as sent, with the query
  std::string path;                   // decoded, without the query
  std::vector<std::string> segments;  // of the path, not decoded; empty ones left out
  // Decoded, in order, names once: of duplicates the last value counts, at the first one's place.
  std::vector<std::pair<std::string, std::string>> parameters;

  // Null if there is none of that name.
  const std::string* Find(std::string_view name) const;
};

// Accepts the origin form, the absolute form (`http://host/path`) and `*`. 400 if an escape cannot
// be decoded, or if what it decodes to is not UTF-8: in JSON, two such names would become one.
base::Result<Target> ParseTarget(std::string_view raw);

}  // namespace rest::http
