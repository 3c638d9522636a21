#include "rest/guard/cors.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace rest::guard {

namespace {

constexpr std::array<std::string_view, 9> kMethods = {"GET",  "POST",  "PUT",   "DELETE", "OPTIONS",
                                                      "HEAD", "PATCH", "TRACE", "CONNECT"};

std::vector<std::string> Trimmed(std::string_view list) {
  std::vector<std::string> items;
  for (const std::string& item : base::SplitList(list)) {
    if (const auto text = base::TrimAscii(item); !text.empty()) items.emplace_back(text);
  }
  return items;
}

base::Result<std::vector<std::string>> Methods(std::string_view list) {
  std::vector<std::string> methods = Trimmed(list);
  for (std::string& method : methods) {
    std::ranges::transform(method, method.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (std::ranges::find(kMethods, method) == kMethods.end()) {
      return base::IllegalArgument("[http.cors.allow-methods] names [" + method +
                                   "], which is no HTTP method");
    }
  }
  return methods;
}

// Null if it is no `/regex/`.
base::Result<std::shared_ptr<const re2::RE2>> Pattern(std::string_view origin) {
  if (origin.size() <= 2 || !origin.starts_with('/') || !origin.ends_with('/')) {
    return std::shared_ptr<const re2::RE2>();
  }
  const std::string regex(origin.substr(1, origin.size() - 2));
  auto pattern = std::make_shared<const re2::RE2>(regex, re2::RE2::Quiet);
  if (pattern->ok()) return pattern;
  return base::Status(
      400, "settings_exception",
      "Bad regex in [http.cors.allow-origin]: [" + std::string(origin) + "]: " + pattern->error());
}

}  // namespace

base::Result<Cors> Cors::Make(const CorsSettings& settings) {
  Cors cors;
  cors.enabled_ = settings.enabled;
  cors.any_ = settings.allow_origin == "*";
  cors.origins_ = Trimmed(settings.allow_origin);
  ASSIGN_OR_RETURN(cors.pattern_, Pattern(settings.allow_origin));
  ASSIGN_OR_RETURN(cors.methods_, Methods(settings.allow_methods));
  cors.headers_ = Trimmed(settings.allow_headers);
  cors.credentials_ = settings.allow_credentials;
  cors.max_age_seconds_ = settings.max_age_seconds;
  return cors;
}

bool Cors::Allows(const std::string& origin) const {
  if (!enabled_) return false;
  if (any_) return true;
  if (pattern_) return re2::RE2::FullMatch(origin, *pattern_);
  return std::ranges::find(origins_, origin) != origins_.end();
}

void Cors::AddHeaders(const std::string& origin, http::Headers& headers) const {
  if (!enabled_) return;
  const bool echoed = !any_ || credentials_;
  headers.Add("access-control-allow-origin", echoed ? origin : "*");
  if (echoed) headers.Add("vary", "origin");
  if (credentials_) headers.Add("access-control-allow-credentials", "true");
}

void Cors::AddPreflightHeaders(http::Headers& headers) const {
  for (const std::string& method : methods_) headers.Add("access-control-allow-methods", method);
  for (const std::string& name : headers_) headers.Add("access-control-allow-headers", name);
  headers.Add("access-control-max-age", std::to_string(max_age_seconds_));
}

}  // namespace rest::guard
