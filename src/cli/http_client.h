// cli/http_client.h
//
// One request to a node over plain HTTP/1.1, blocking. Enough for a command line: no TLS, no reuse
// of connections.
//
// Threads: any; it has no state.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cli {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// `url` is the node's, "http://host:port"; `target` begins with a slash.
base::Result<HttpAnswer> Send(const std::string& url, std::string_view method,
                              const std::string& target);

// "/path?a=1&b=2", names and values escaped; parameters with empty values are left out.
std::string WithParameters(std::string path,
                           const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace cli
