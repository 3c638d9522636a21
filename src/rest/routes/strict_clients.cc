#include "rest/routes/strict_clients.h"

#include <algorithm>
#include <array>

namespace rest::routes {

namespace {

// How the User-Agent begins. The versions are left open: opensearch-go 5 gives that of release 4.
constexpr std::array<std::string_view, 4> kCannotReadTextStatus = {
    "opensearch-java/",         // all transports
    "Apache-HttpAsyncClient/",  // the high-level client, which does not name itself
    "opensearch-go/",
    "opensearch-net/",
};

}  // namespace

bool CannotReadTextStatus(std::string_view user_agent) {
  return std::ranges::any_of(kCannotReadTextStatus, [&](std::string_view beginning) {
    return user_agent.starts_with(beginning);
  });
}

}  // namespace rest::routes
