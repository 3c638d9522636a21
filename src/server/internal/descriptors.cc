#include "server/internal/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "actions/bulk/spill_buffer.h"
#include "base/log.h"

namespace server {

using base::Result;

namespace {

constexpr std::uint64_t kLeast = 512;
// Write-ahead logs, manifest, files being compacted; history, results, task numbers, log; event
// loops; sockets to nats-server and to other nodes.
constexpr std::uint64_t kOthers = 128;
constexpr std::uint64_t kMostStoreFiles = 512;
constexpr std::uint64_t kMostConnections = 1'000'000;  // of more, memory is the limit

}  // namespace

Result<Descriptors> Descriptors::Divide(std::uint64_t limit) {
  if (limit < kLeast) {
    return base::Internal("the limit of open files is [" + std::to_string(limit) +
                          "], a node needs at least [" + std::to_string(kLeast) +
                          "]; raise it with ulimit -n or LimitNOFILE=");
  }
  Descriptors divided;
  const std::uint64_t store = std::clamp<std::uint64_t>(limit / 4, 64, kMostStoreFiles);
  divided.store_files = static_cast<int>(store);
  const std::uint64_t reserved = store + actions::bulk::SpillBuffer::kMostFiles + kOthers;
  divided.http_connections = std::min(limit - reserved, kMostConnections);
  return divided;
}

Result<Descriptors> Descriptors::Raise() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return base::Internal(std::string("cannot read the limit of open files: ") +
                          std::strerror(errno));
  const rlim_t soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (soft < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    base::log::Warn("server", "limit of open files could not be raised",
                    {{"soft", soft}, {"hard", limit.rlim_max}, {"error", std::strerror(errno)}});
    limit.rlim_cur = soft;
  }
  ASSIGN_OR_RETURN(const Descriptors divided, Divide(limit.rlim_cur));
  base::log::Info("server", "open files",
                  {{"limit", limit.rlim_cur},
                   {"store", divided.store_files},
                   {"http_connections", divided.http_connections}});
  return divided;
}

}  // namespace server
