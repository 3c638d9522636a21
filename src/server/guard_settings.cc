#include "server/guard_settings.h"

#include <limits>

#include "base/text/strings.h"

namespace server {

using base::Result;
using rest::guard::AcceptedHosts;

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<rest::guard::CrossSiteGuard::Rules> PlanGuard(const Settings& settings,
                                                     std::vector<std::string> own_names) {
  const auto addresses = IsLoopback(settings.String("network.host"))
                             ? AcceptedHosts::Addresses::kListed
                             : AcceptedHosts::Addresses::kAny;
  // A node's own name may be any text: one that cannot stand in a Host header is never asked for.
  std::erase_if(own_names, [&](const std::string& name) {
    return name.find('*') != name.npos || !AcceptedHosts::Make({name}, addresses).ok();
  });
  std::vector<std::string> names = std::move(own_names);
  for (const std::string& name : base::SplitList(settings.String("http.allowed_hosts"))) {
    if (const auto trimmed = base::TrimAscii(name); !trimmed.empty()) names.emplace_back(trimmed);
  }
  auto hosts = AcceptedHosts::Make(names, addresses);
  if (!hosts.ok()) return base::IllegalArgument("[http.allowed_hosts]: " + hosts.status().reason());

  rest::guard::CorsSettings cors;
  ASSIGN_OR_RETURN(cors.enabled, settings.Bool("http.cors.enabled"));
  ASSIGN_OR_RETURN(cors.allow_credentials, settings.Bool("http.cors.allow-credentials"));
  ASSIGN_OR_RETURN(cors.max_age_seconds,
                   settings.Int("http.cors.max-age", -1, std::numeric_limits<std::int32_t>::max()));
  cors.allow_origin = settings.String("http.cors.allow-origin");
  cors.allow_methods = settings.String("http.cors.allow-methods");
  cors.allow_headers = settings.String("http.cors.allow-headers");
  ASSIGN_OR_RETURN(rest::guard::Cors checked, rest::guard::Cors::Make(cors));
  return rest::guard::CrossSiteGuard::Rules{*std::move(hosts), std::move(checked)};
}

}  // namespace server
