// rest/guard/cors.h
//
// Cors knows which pages of other sites may use this node from a browser: OpenSearch's http.cors.*
// settings, with its meanings and its headers.
//
// Threads: a constant value.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rest/http/message.h"

namespace re2 {
class RE2;
}

namespace rest::guard {

struct CorsSettings {
  bool enabled = false;
  std::string allow_origin;  // origins with commas, `*`, or `/regex/`; empty: none
  std::string allow_methods = "OPTIONS,HEAD,GET,POST,PUT,DELETE";
  std::string allow_headers = "X-Requested-With,Content-Type,Content-Length";
  bool allow_credentials = false;
  std::int64_t max_age_seconds = 1'728'000;
};

class Cors {
 public:
  // 400 for a regular expression or a method that is none.
  static base::Result<Cors> Make(const CorsSettings& settings);

  bool enabled() const { return enabled_; }
  bool allows_any() const { return enabled_ && any_; }
  // Of an Origin header. Never if CORS is off.
  bool Allows(const std::string& origin) const;

  // What an answer to an accepted origin carries, so that the browser lets the page read it.
  void AddHeaders(const std::string& origin, http::Headers& headers) const;
  // What the answer to its preflight carries beside.
  void AddPreflightHeaders(http::Headers& headers) const;

 private:
  Cors() = default;

  bool enabled_ = false;
  bool any_ = false;
  std::vector<std::string> origins_;
  std::shared_ptr<const re2::RE2> pattern_;  // null: origins_
  std::vector<std::string> methods_, headers_;
  bool credentials_ = false;
  std::int64_t max_age_seconds_ = 0;
};

}  // namespace rest::guard
