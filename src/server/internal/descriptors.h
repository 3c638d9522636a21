// server/internal/descriptors.h
//
// Divides the file descriptors that the process may open: the store, the logs and the connections
// between nodes come first, HTTP connections get the rest. A store that cannot open its next log
// file cannot write.
//
// Threads: at startup.

#pragma once

#include <cstdint>

#include "base/result.h"

namespace server {

struct Descriptors {
  int store_files = 0;                 // tables that the store keeps open
  std::uint64_t http_connections = 0;  // at once

  // Raises the soft limit to the hard one and divides it. 500 if the limit is too low to run.
  static base::Result<Descriptors> Raise();
  static base::Result<Descriptors> Divide(std::uint64_t limit);
};

}  // namespace server
